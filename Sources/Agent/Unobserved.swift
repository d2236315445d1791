internal import Aggregates
internal import HeadroomABI

/// What a window does not tell because its probes were shed or are not there, as `hr_window_flags`.
package enum Unobserved {
    package static func names(_ flags: UInt32) -> [String] {
        [
            (HR_WINDOW_NO_DELAY, "run_queue_delay"), (HR_WINDOW_NO_NETWORK, "network"),
            (HR_WINDOW_NO_DISK, "disk"),
        ]
        .filter { flags & $0.0.rawValue != 0 }.map(\.1)
    }

    /// True when a window with these flags says nothing of `resource`.
    static func covers(_ resource: Resource, _ flags: UInt32) -> Bool {
        switch resource {
        case .networkReceive, .networkTransmit: flags & HR_WINDOW_NO_NETWORK.rawValue != 0
        case .diskRead, .diskWrite: flags & HR_WINDOW_NO_DISK.rawValue != 0
        case .cpu, .memory, .requests: false
        }
    }
}

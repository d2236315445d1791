internal import Aggregates
internal import ArgumentParser

/// What the cgroups of a view are sorted by, largest first; `path` alphabetically.
enum SortOrder: String, CaseIterable, ExpressibleByArgument {
    case cpu, memory, network, disk, delay, path

    /// The key that chooses it in a live view.
    static func forKey(_ key: UInt8) -> SortOrder? {
        switch key {
        case UInt8(ascii: "c"): .cpu
        case UInt8(ascii: "m"): .memory
        case UInt8(ascii: "n"): .network
        case UInt8(ascii: "d"): .disk
        case UInt8(ascii: "w"): .delay
        case UInt8(ascii: "p"): .path
        default: nil
        }
    }

    func sort(_ rows: [NodeSnapshot.Row]) -> [NodeSnapshot.Row] {
        if self == .path { return rows }
        let keyed = rows.enumerated().map { (weight($0.element.window), $0.offset, $0.element) }
        return keyed.sorted { ($1.0, $0.1) < ($0.0, $1.1) }.map(\.2)
    }

    private func weight(_ window: Window) -> Double {
        switch self {
        case .cpu: window.value(.cpu)
        case .memory: window.value(.memory)
        case .network: window.value(.networkReceive) + window.value(.networkTransmit)
        case .disk: window.value(.diskRead) + window.value(.diskWrite)
        case .delay: window.delayRatio
        case .path: 0
        }
    }
}

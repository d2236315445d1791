internal import Aggregates
internal import HeadroomABI

/// What is counted up, by cgroup and for the node: indices of `Counts`.
enum Count: Int, CaseIterable {
    case cpu, delay, delayWaits
    case netReceiveBytes, netReceivePackets, netTransmitBytes, netTransmitPackets
    case diskReadBytes, diskReadOperations, diskReadLatency
    case diskWriteBytes, diskWriteOperations, diskWriteLatency
    case cpuUser, cpuSystem
    case tcpRetransmits, tcpConnects, tcpAccepts
    case diskReadErrors, diskWriteErrors
    case throttled, periods, throttledPeriods
    case majorFaults, refaults
    case memoryHigh, memoryMax, memoryOOM, memoryOOMKill

    /// How a cgroup's count is part of those above it, hence what "(other)" has to hold.
    enum Sharing {
        /// The root's has them all.
        case tree
        /// A cgroup's has those below it; the root has none.
        case branch
        /// Each cgroup's is its own.
        case own
    }

    var sharing: Sharing {
        switch self {
        case .throttled, .periods, .throttledPeriods: .own
        case .majorFaults, .refaults, .memoryHigh, .memoryMax, .memoryOOM, .memoryOOMKill: .branch
        default: .tree
        }
    }

    /// The part of a window's details that tells it; 0: the window itself.
    var part: UInt32 {
        switch self {
        case .cpuUser, .cpuSystem: HR_PART_CPU.rawValue
        case .tcpRetransmits, .tcpConnects, .tcpAccepts, .diskReadErrors, .diskWriteErrors:
            HR_PART_COUNTS.rawValue
        case .throttled, .periods, .throttledPeriods: HR_PART_THROTTLE.rawValue
        case .majorFaults, .refaults: HR_PART_MEMORY_STAT.rawValue
        case .memoryHigh, .memoryMax, .memoryOOM, .memoryOOMKill: HR_PART_LIMITS.rawValue
        default: 0
        }
    }
}

/// One number a `Count`. The last lanes are free.
typealias Counts = SIMD32<UInt64>

extension Counts {
    subscript(_ count: Count) -> UInt64 {
        get { self[count.rawValue] }
        set { self[count.rawValue] = newValue }
    }

    /// What happened in a window.
    init(_ window: Window, _ detail: WindowDetail?) {
        // Lane by lane through memory: setting a lane of a vector this wide copies all of it.
        var lanes: InlineArray<32, UInt64> = InlineArray(repeating: 0)
        func set(_ count: Count, _ value: UInt64) { lanes[count.rawValue] = value }
        set(.cpu, window.cpu_ns)
        set(.delay, window.delay_ns)
        set(.delayWaits, window.delay_count)
        set(.netReceiveBytes, window.net_rx_bytes)
        set(.netReceivePackets, window.net_rx_packets)
        set(.netTransmitBytes, window.net_tx_bytes)
        set(.netTransmitPackets, window.net_tx_packets)
        set(.diskReadBytes, window.disk_read_bytes)
        set(.diskReadOperations, window.disk_read_ops)
        set(.diskReadLatency, window.disk_read_latency_ns)
        set(.diskWriteBytes, window.disk_write_bytes)
        set(.diskWriteOperations, window.disk_write_ops)
        set(.diskWriteLatency, window.disk_write_latency_ns)
        if let detail {
            set(.cpuUser, detail.cpu_user_ns)
            set(.cpuSystem, detail.cpu_system_ns)
            set(.tcpRetransmits, UInt64(detail.tcp_retransmits))
            set(.tcpConnects, UInt64(detail.tcp_connects))
            set(.tcpAccepts, UInt64(detail.tcp_accepts))
            set(.diskReadErrors, UInt64(detail.disk_read_errors))
            set(.diskWriteErrors, UInt64(detail.disk_write_errors))
            set(.throttled, detail.throttled_ns)
            set(.periods, UInt64(detail.periods))
            set(.throttledPeriods, UInt64(detail.throttled_periods))
            set(.majorFaults, detail.major_faults)
            set(.refaults, detail.refaults)
            set(.memoryHigh, UInt64(detail.memory_events.0))
            set(.memoryMax, UInt64(detail.memory_events.1))
            set(.memoryOOM, UInt64(detail.memory_events.2))
            set(.memoryOOMKill, UInt64(detail.memory_events.3))
        }
        self = unsafe unsafeBitCast(lanes, to: Counts.self)
    }

    /// Only those shared in this way; the others 0.
    func only(_ sharing: Count.Sharing) -> Counts {
        switch sharing {
        case .tree: self & Self.treeMask
        case .branch: self & Self.branchMask
        case .own: self & Self.ownMask
        }
    }

    private static let treeMask = mask(of: .tree)
    private static let branchMask = mask(of: .branch)
    private static let ownMask = mask(of: .own)

    private static func mask(of sharing: Count.Sharing) -> Counts {
        var mask = Counts()
        for count in Count.allCases where count.sharing == sharing { mask[count] = .max }
        return mask
    }
}

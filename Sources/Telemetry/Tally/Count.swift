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
        self.init()
        self[.cpu] = window.cpu_ns
        self[.delay] = window.delay_ns
        self[.delayWaits] = window.delay_count
        self[.netReceiveBytes] = window.net_rx_bytes
        self[.netReceivePackets] = window.net_rx_packets
        self[.netTransmitBytes] = window.net_tx_bytes
        self[.netTransmitPackets] = window.net_tx_packets
        self[.diskReadBytes] = window.disk_read_bytes
        self[.diskReadOperations] = window.disk_read_ops
        self[.diskReadLatency] = window.disk_read_latency_ns
        self[.diskWriteBytes] = window.disk_write_bytes
        self[.diskWriteOperations] = window.disk_write_ops
        self[.diskWriteLatency] = window.disk_write_latency_ns
        guard let detail else { return }
        self[.cpuUser] = detail.cpu_user_ns
        self[.cpuSystem] = detail.cpu_system_ns
        self[.tcpRetransmits] = UInt64(detail.tcp_retransmits)
        self[.tcpConnects] = UInt64(detail.tcp_connects)
        self[.tcpAccepts] = UInt64(detail.tcp_accepts)
        self[.diskReadErrors] = UInt64(detail.disk_read_errors)
        self[.diskWriteErrors] = UInt64(detail.disk_write_errors)
        self[.throttled] = detail.throttled_ns
        self[.periods] = UInt64(detail.periods)
        self[.throttledPeriods] = UInt64(detail.throttled_periods)
        self[.majorFaults] = detail.major_faults
        self[.refaults] = detail.refaults
        self[.memoryHigh] = UInt64(detail.memory_events.0)
        self[.memoryMax] = UInt64(detail.memory_events.1)
        self[.memoryOOM] = UInt64(detail.memory_events.2)
        self[.memoryOOMKill] = UInt64(detail.memory_events.3)
    }

    /// Only those shared in this way; the others 0.
    func only(_ sharing: Count.Sharing) -> Counts {
        self & (Self.masks[sharing] ?? Counts())
    }

    private static let masks: [Count.Sharing: Counts] = {
        var masks: [Count.Sharing: Counts] = [:]
        for count in Count.allCases { masks[count.sharing, default: Counts()][count] = .max }
        return masks
    }()
}

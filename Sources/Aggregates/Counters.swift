internal import HeadroomABI

/// A cgroup's cumulative counters and gauges as one vector, in the order of `hr_sample`.
///
/// Arithmetic on all of them is a few vector instructions; sums wrap as the kernel's do.
struct Counters: Sendable {
    var lanes = SIMD16<UInt64>(repeating: 0)

    /// The lanes of `hr_sample` from `cpu_usage_ns` to `disk_write_latency_ns`.
    enum Lane {
        static let cpu = 0
        static let delay = 1
        static let delayCount = 2
        static let memory = 3
        static let networkReceiveBytes = 4
        static let networkReceivePackets = 5
        static let networkTransmitBytes = 6
        static let networkTransmitPackets = 7
        static let diskReadBytes = 8
        static let diskReadOperations = 9
        static let diskReadLatency = 10
        static let diskWriteBytes = 11
        static let diskWriteOperations = 12
        static let diskWriteLatency = 13
        static let count = 14
    }

    init() {}

    init(_ sample: hr_sample) {
        lanes[Lane.cpu] = sample.cpu_usage_ns
        lanes[Lane.delay] = sample.delay_ns
        lanes[Lane.delayCount] = sample.delay_count
        lanes[Lane.memory] = sample.memory_bytes
        lanes[Lane.networkReceiveBytes] = sample.net_rx_bytes
        lanes[Lane.networkReceivePackets] = sample.net_rx_packets
        lanes[Lane.networkTransmitBytes] = sample.net_tx_bytes
        lanes[Lane.networkTransmitPackets] = sample.net_tx_packets
        lanes[Lane.diskReadBytes] = sample.disk_read_bytes
        lanes[Lane.diskReadOperations] = sample.disk_read_ops
        lanes[Lane.diskReadLatency] = sample.disk_read_latency_ns
        lanes[Lane.diskWriteBytes] = sample.disk_write_bytes
        lanes[Lane.diskWriteOperations] = sample.disk_write_ops
        lanes[Lane.diskWriteLatency] = sample.disk_write_latency_ns
    }

    /// All ones in the lanes that are a cgroup's own and must be added up along the tree:
    /// everything but CPU, which the kernel adds up itself.
    static let treeMask: SIMD16<UInt64> = {
        var mask = SIMD16<UInt64>(repeating: .max)
        mask[Lane.cpu] = 0
        return mask
    }()

    /// `treeMask` without memory, a gauge that does not outlive its cgroup.
    static let cumulativeTreeMask: SIMD16<UInt64> = {
        var mask = treeMask
        mask[Lane.memory] = 0
        return mask
    }()

    static func &+ (left: Counters, right: Counters) -> Counters {
        var sum = left
        sum.lanes = left.lanes &+ right.lanes
        return sum
    }

    static func &- (left: Counters, right: Counters) -> Counters {
        var difference = left
        difference.lanes = left.lanes &- right.lanes
        return difference
    }

    func masked(_ mask: SIMD16<UInt64>) -> Counters {
        var result = self
        result.lanes = lanes & mask
        return result
    }
}

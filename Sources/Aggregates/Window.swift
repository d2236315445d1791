package import HeadroomABI

/// What happened to one cgroup, its subtree included, between two samples. The layout is
/// shared with readers, so it is defined once, in `table.h`; here are its rates.
package typealias Window = hr_window

extension Window {
    /// Length in nanoseconds; at least 1.
    package var elapsedNanoseconds: UInt64 { end_ns > start_ns ? end_ns - start_ns : 1 }

    private func perSecond(_ amount: UInt64) -> Double {
        Double(amount) * 1e9 / Double(elapsedNanoseconds)
    }

    /// The figure that is forecast and planned: cores, bytes, or bytes per second.
    package func value(_ resource: Resource) -> Double {
        switch resource {
        case .cpu: Double(cpu_ns) / Double(elapsedNanoseconds)
        case .memory: Double(memory_bytes)
        case .networkReceive: perSecond(net_rx_bytes)
        case .networkTransmit: perSecond(net_tx_bytes)
        case .diskRead: perSecond(disk_read_bytes)
        case .diskWrite: perSecond(disk_write_bytes)
        case .requests: 0
        }
    }

    /// Seconds of waiting for a CPU per second: 1.0 is one task always waiting.
    package var delayRatio: Double { Double(delay_ns) / Double(elapsedNanoseconds) }

    package var networkReceivePacketsPerSecond: Double { perSecond(net_rx_packets) }
    package var networkTransmitPacketsPerSecond: Double { perSecond(net_tx_packets) }
    package var diskReadOperationsPerSecond: Double { perSecond(disk_read_ops) }
    package var diskWriteOperationsPerSecond: Double { perSecond(disk_write_ops) }

    /// Mean nanoseconds from issue to completion; 0 when nothing completed.
    package var diskReadLatencyNanoseconds: Double {
        disk_read_ops == 0 ? 0 : Double(disk_read_latency_ns) / Double(disk_read_ops)
    }
    package var diskWriteLatencyNanoseconds: Double {
        disk_write_ops == 0 ? 0 : Double(disk_write_latency_ns) / Double(disk_write_ops)
    }

    /// Mean wait for a CPU in nanoseconds; 0 when nothing waited.
    package var meanDelayNanoseconds: Double {
        delay_count == 0 ? 0 : Double(delay_ns) / Double(delay_count)
    }

    /// Where the memory figure comes from.
    package var memorySource: MemorySource {
        if flags & HR_SAMPLE_MEMORY_MEMCG.rawValue != 0 { return .memcg }
        if flags & HR_SAMPLE_MEMORY_RSS.rawValue != 0 { return .rss }
        return .none
    }

    /// How much of what the subtree used, and what it used, in lanes of `Counters`.
    init(from base: Counters, to total: Counters, backwards: inout Int) {
        func delta(_ lane: Int) -> UInt64 {
            let now = total.lanes[lane]
            let before = base.lanes[lane]
            if now >= before { return now - before }
            backwards += 1
            return 0
        }
        self.init()
        cpu_ns = delta(Counters.Lane.cpu)
        delay_ns = delta(Counters.Lane.delay)
        delay_count = delta(Counters.Lane.delayCount)
        memory_bytes = total.lanes[Counters.Lane.memory]
        net_rx_bytes = delta(Counters.Lane.networkReceiveBytes)
        net_rx_packets = delta(Counters.Lane.networkReceivePackets)
        net_tx_bytes = delta(Counters.Lane.networkTransmitBytes)
        net_tx_packets = delta(Counters.Lane.networkTransmitPackets)
        disk_read_bytes = delta(Counters.Lane.diskReadBytes)
        disk_read_ops = delta(Counters.Lane.diskReadOperations)
        disk_read_latency_ns = delta(Counters.Lane.diskReadLatency)
        disk_write_bytes = delta(Counters.Lane.diskWriteBytes)
        disk_write_ops = delta(Counters.Lane.diskWriteOperations)
        disk_write_latency_ns = delta(Counters.Lane.diskWriteLatency)
    }
}

/// Where a window's memory figure comes from.
package enum MemorySource: String, Sendable {
    case memcg
    case rss
    case none
}

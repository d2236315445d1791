internal import Aggregates
internal import HeadroomABI
internal import Terminal

/// The finer figures of a window in words: what a cgroup waited for, and what it was stopped by.
struct DetailSection {
    let detail: CgroupDetail?
    let figures: Figures

    func lines(columns: Int) -> [StyledLine] {
        guard let detail else {
            var words: [String] = []
            if !figures[.delay].isNaN {
                words.append("waited \(Compact.wait(secondsPerSecond: Double(figures[.delay]))) a second for a CPU")
            }
            if !figures[.throttled].isNaN {
                words.append("stopped by its limit in \(Compact.share(Double(figures[.throttled]))) % of periods")
            }
            if !figures[.pressureCPU].isNaN { words.append("stalled on \(pressure(figures))") }
            let text = words.joined(separator: "; ")
            return StyledLine.wrapped(text, width: columns)
                + [StyledLine("of a past window histograms and finer figures are not kept", .dim)]
        }
        let window = detail.window
        let fine = detail.detail
        var entries: [(String, String)] = []
        entries.append(("waiting", waiting(window, fine)))
        entries.append(("throttled", throttled(window, fine)))
        entries.append(("pressure", pressure(fine)))
        entries.append(("cpu", cpu(window, fine)))
        entries.append(("memory", memory(window, fine)))
        entries.append(("network", network(window, fine)))
        entries.append(
            (
                "disk read",
                disk(
                    window.diskReadOperationsPerSecond, window.diskReadLatencyNanoseconds, fine.diskReadBuckets, fine.disk_read_errors,
                    window)
            ))
        entries.append(
            (
                "disk write",
                disk(
                    window.diskWriteOperationsPerSecond, window.diskWriteLatencyNanoseconds, fine.diskWriteBuckets, fine.disk_write_errors,
                    window)
            ))
        entries.append(
            (
                "window",
                "\(Compact.fixed(Double(window.elapsedNanoseconds) / 1e9, 2)) s,"
                    + " \(Compact.percent(window.coverage)) of it observed"
            ))
        return entries.flatMap { name, text -> [StyledLine] in
            let lines = StyledLine.wrapped(text, width: max(20, columns - 11))
            return lines.enumerated().map { place, line in
                var whole = StyledLine(TextCells.padded(place == 0 ? name : "", 11), CellStyle(.cyan))
                for part in line.parts { whole.add(part.text, part.style) }
                return whole
            }
        }
    }

    private func waiting(_ window: Window, _ fine: WindowDetail) -> String {
        guard window.flags & HR_WINDOW_NO_DELAY.rawValue == 0 else { return "not measured: its probes are off or shed" }
        var text = "\(Compact.wait(secondsPerSecond: window.delayRatio)) a second for a CPU, \(window.delay_count) waits"
        if window.delay_count > 0 { text += ", mean \(Compact.duration(nanoseconds: window.meanDelayNanoseconds))" }
        if let half = fine.delayQuantile(0.5), let most = fine.delayQuantile(0.99) {
            // The edges of buckets are beyond what was seen.
            let longest = fine.delay_max_ns > 0 ? fine.delay_max_ns : .max
            text +=
                ", half within \(Compact.duration(nanoseconds: Double(min(half, longest))))"
                + ", 99 % within \(Compact.duration(nanoseconds: Double(min(most, longest))))"
        }
        if fine.delay_max_ns > 0 { text += ", longest \(Compact.duration(nanoseconds: Double(fine.delay_max_ns)))" }
        return text + histogram(fine.delayBuckets, shift: Int(HR_DELAY_SHIFT))
    }

    private func throttled(_ window: Window, _ fine: WindowDetail) -> String {
        guard fine.knows(HR_PART_THROTTLE) else { return "not known here: no CPU controller is on for it" }
        let limit = fine.cpu_limit_cores > 0 ? "\(Compact.cores(Double(fine.cpu_limit_cores))) cores" : "none"
        guard fine.periods > 0 else { return "no; its limit: \(limit)" }
        let share = Double(fine.throttled_periods) / Double(fine.periods)
        return "in \(fine.throttled_periods) of \(fine.periods) periods (\(Compact.share(share)) %),"
            + " \(Compact.duration(nanoseconds: Double(fine.throttled_ns))) over all CPUs; its limit: \(limit)"
    }

    private func pressure(_ figures: Figures) -> String {
        let names: [(String, Figure)] = [("CPU", .pressureCPU), ("memory", .pressureMemory), ("I/O", .pressureIO)]
        return names.map { "\($0.0) \(Compact.share(Double(figures[$0.1]))) %" }.joined(separator: ", ") + " of the time"
    }

    private func pressure(_ fine: WindowDetail) -> String {
        guard fine.knows(HR_PART_PRESSURE) else { return "not known here (PSI is off, or not of this kernel)" }
        func share(_ value: Float) -> String { Compact.share(Double(value)) + " %" }
        let all = fine.pressure
        return
            "some and all tasks stalled: on CPU \(share(all.0)), \(share(all.1)); on memory \(share(all.2)), \(share(all.3)); on I/O \(share(all.4)), \(share(all.5))"
    }

    private func cpu(_ window: Window, _ fine: WindowDetail) -> String {
        var words: [String] = []
        // Of memory that others write: their sum may have no room in an integer.
        let used = Double(fine.cpu_user_ns) + Double(fine.cpu_system_ns)
        if fine.knows(HR_PART_CPU), used > 0 {
            let user = Double(fine.cpu_user_ns) / used
            words.append("user \(Compact.share(user)) %, system \(Compact.share(1 - user)) %")
        }
        if fine.knowsPeaks {
            words.append(
                "highest 10 ms \(Compact.cores(Double(fine.cpu_peak_10ms_cores))) cores,"
                    + " 100 ms \(Compact.cores(Double(fine.cpu_peak_100ms_cores)))")
        }
        return words.isEmpty ? "idle" : words.joined(separator: "; ")
    }

    private func memory(_ window: Window, _ fine: WindowDetail) -> String {
        var words: [String] = []
        func bytes(_ value: UInt64) -> String { Compact.bytes(Double(value)) }
        if fine.knows(HR_PART_MEMORY) {
            words.append("anonymous \(bytes(fine.memory_anon_bytes)), file \(bytes(fine.memory_file_bytes))")
        }
        if fine.knows(HR_PART_MEMORY_STAT) {
            words.append("kernel \(bytes(fine.memory_kernel_bytes)); \(fine.major_faults) major faults, \(fine.refaults) refaults")
        }
        if fine.knows(HR_PART_LIMITS) {
            let events = fine.memory_events
            words.append("events: high \(events.0), max \(events.1), oom \(events.2), killed \(events.3)")
            words.append("limit \(fine.memoryLimit.map(bytes) ?? "none")")
        }
        if window.memorySource == .rss { words.append("by the resident memory of its tasks") }
        return words.isEmpty ? "not known here" : words.joined(separator: "; ")
    }

    private func network(_ window: Window, _ fine: WindowDetail) -> String {
        guard window.flags & HR_WINDOW_NO_NETWORK.rawValue == 0 else { return "not measured: its probes are off or shed" }
        func side(_ resource: Resource, _ packets: Double) -> String {
            "\(Compact.bytes(window.value(resource)))B/s, \(Compact.fixed(packets, 0)) packets/s"
        }
        return "in \(side(.networkReceive, window.networkReceivePacketsPerSecond));"
            + " out \(side(.networkTransmit, window.networkTransmitPacketsPerSecond));"
            + " TCP: \(fine.tcp_retransmits) retransmits, \(fine.tcp_connects) connects, \(fine.tcp_accepts) accepts"
    }

    private func disk(
        _ operations: Double, _ latency: Double, _ buckets: [UInt32], _ errors: UInt32, _ window: Window
    ) -> String {
        guard window.flags & HR_WINDOW_NO_DISK.rawValue == 0 else { return "not measured: its probes are off or shed" }
        guard operations > 0 else { return errors == 0 ? "nothing" : "\(errors) errors" }
        var text = "\(Compact.fixed(operations, operations < 10 ? 1 : 0)) requests/s, mean \(Compact.duration(nanoseconds: latency))"
        if let bucket = Buckets.quantile(buckets, 0.99), bucket < buckets.count - 1 {
            text += ", 99 % within \(Compact.duration(nanoseconds: Double(UInt64(1) << UInt64(Int(HR_DISK_SHIFT) + bucket))))"
        }
        if errors > 0 { text += ", \(errors) errors" }
        return text + histogram(buckets, shift: Int(HR_DISK_SHIFT))
    }

    /// From the first to the last bucket that holds anything, and what they reach from and to.
    private func histogram(_ buckets: [UInt32], shift: Int) -> String {
        guard let first = buckets.firstIndex(where: { $0 > 0 }), let last = buckets.lastIndex(where: { $0 > 0 }),
            last > first
        else { return "" }
        func edge(_ bucket: Int) -> String {
            Compact.duration(nanoseconds: Double(UInt64(1) << UInt64(shift + bucket)))
        }
        let line = Sparkline.draw(buckets[first...last].map { Float($0) }, width: last - first + 1)
        let from = first == 0 ? "0" : edge(first - 1)
        return "  \(from) \(line) \(last == buckets.count - 1 ? "more" : edge(last))"
    }
}

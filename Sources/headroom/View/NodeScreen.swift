internal import Agent
internal import Aggregates
internal import Glibc
internal import HeadroomABI
internal import Planner

/// Lays a snapshot out as lines of at most `columns` characters.
struct NodeScreen {
    let snapshot: NodeSnapshot
    let columns: Int
    let order: SortOrder
    /// Paths also of containers and pods, instead of their names.
    let showsPaths: Bool
    let style: TerminalStyle

    /// The whole view. With `rows`, the cgroup table is cut to fit; nil shows all of it.
    func lines(rows: Int?) -> [String] {
        let head = summary + [""] + planLines + [""]
        let tail = [""] + requestLines(limit: rows == nil ? 10 : 3)
        let table = cgroupLines
        guard let rows else { return head + table + tail }
        let room = max(2, rows - head.count - tail.count)
        var shown = Array(table.prefix(room))
        if table.count > room {
            shown[shown.count - 1] = style.dim(
                cut("  … \(table.count - room + 1) more cgroups; a taller window shows them"))
        }
        return head + shown + tail
    }

    private func cut(_ line: String) -> String {
        line.count <= columns ? line : String(line.prefix(max(0, columns - 1))) + "…"
    }

    private var summary: [String] {
        let header = snapshot.header
        let up = Int((Double(header.last_tick_ns) - Double(header.started_ns)) / 1e9)
        let uptime = max(1, Double(header.last_tick_ns) - Double(header.started_ns))
        let cpu = Double(header.self_cpu_ns) / uptime
        let probes = Double(header.probe_ns_per_s) / 1e9
        let first =
            "headroom on \(Self.hostName)  up \(Compact.clock(seconds: max(0, up)))"
            + "  \(header.cgroups) cgroups  window \(Compact.fixed(Double(header.interval_ns) / 1e9, 1)) s"
        let second =
            "itself: \(Compact.percent(cpu)) of one core, \(Compact.bytes(Double(header.self_rss_bytes)))B;"
            + " probes \(Compact.fixed(probes * 100, 2)) %;"
            + " walk \(Compact.duration(nanoseconds: Double(header.walk_duration_ns)))"
            + "  lost: \(lossText)" + shedText
        return [style.bold(cut(first)), cut(second)]
    }

    private var shedText: String {
        let names = Unobserved.names(snapshot.header.shed)
        return names.isEmpty ? "" : "  shed: " + names.joined(separator: ", ")
    }

    private var lossText: String {
        let lost = snapshot.losses.filter { $0.total > 0 }
        if lost.isEmpty { return "nothing" }
        return lost.map { "\($0.cause.name) \($0.total)" }.joined(separator: ", ")
    }

    private var planLines: [String] {
        snapshot.plans.flatMap { plan -> [String] in
            let resource = plan.resource
            func text(_ value: Double) -> String { Quantity.text(value, of: resource) }
            var line = "\(resource.name): \(text(plan.figures.demand)) in use"
            line += ", target \(text(plan.figures.target)), ready \(text(plan.figures.ready))"
            if let allocatable = plan.allocatable { line += " of \(text(allocatable))" }
            if let coverage = plan.coverage {
                line += ", coverage \(Compact.percent(coverage))"
            }
            return [style.bold(cut("pool  " + (plan.pool.map { $0 + " " } ?? "") + line)), cut("      " + plan.reason)]
        }
    }

    private var cgroupLines: [String] {
        let horizons = snapshot.horizonSeconds
        let quantile = snapshot.quantileIndex(0.95)
        let label = snapshot.quantiles.indices.contains(quantile)
            ? Quantity.percentile(snapshot.quantiles[quantile]) : "p?"
        let last = max(0, horizons.count - 1)
        let isWide = columns >= 118
        var titles = ["CPU", label, "WAIT", "MEM", label, "NET RX", "NET TX", "READ", "WRITE"]
        // The highest 10 ms within the window; names of containers come first.
        let showsPeak = columns >= 126
        titles += (showsPeak ? ["PEAK"] : []) + (isWide ? ["LAST MINUTE"] : [])
        let widths = [6, 6, 6, 6, 6, 7, 7, 7, 7] + (showsPeak ? [6] : []) + (isWide ? [24] : [])
        let nameWidth = max(12, columns - widths.reduce(0) { $0 + $1 + 1 })
        func line(_ name: String, _ cells: [String]) -> String {
            zip(cells, widths).reduce(Self.fit(name, nameWidth)) { line, cell in
                line + " " + TextTable.pad(cell.0, cell.1, .right)
            }
        }
        let title = style.reversed(cut(line("CGROUP (sorted by \(order.rawValue))", titles)))
        let rows = order.sort(snapshot.rows).map { row -> String in
            let name = showsPaths ? row.path : row.name
            guard row.isFresh else { return line(name, titles.map { _ in "·" }) }
            let window = row.window
            var cells = [
                Compact.cores(window.value(.cpu)),
                Compact.value(row.forecast(.cpu, horizon: last, quantile: quantile), .cpu),
                Compact.wait(secondsPerSecond: window.delayRatio),
                Compact.bytes(window.value(.memory)),
                Compact.value(row.forecast(.memory, horizon: last, quantile: quantile), .memory),
            ]
            for resource in [Resource.networkReceive, .networkTransmit, .diskRead, .diskWrite] {
                cells.append(Compact.bytes(window.value(resource)))
            }
            if showsPeak {
                let detail = row.slot.detail
                let peak = detail.knowsPeaks ? Double(detail.cpu_peak_10ms_cores) : nil
                cells.append(peak.map(Compact.cores) ?? "-")
            }
            if isWide { cells.append(Sparkline.draw(row.history(.cpu), width: 24)) }
            return line(name, cells)
        }
        return [title] + rows
    }

    private func requestLines(limit: Int) -> [String] {
        let requests = snapshot.requests.prefix(limit)
        if requests.isEmpty { return [style.dim("no capacity requested yet")] }
        return ["requests"].map(style.bold)
            + requests.map { request in
                let resource = request.resource
                let sign = request.figures.change < 0 ? "down to" : "up to"
                let outcome = request.outcome
                let colour = outcome == "granted" ? style.green : style.yellow
                let text =
                    "\(Compact.timeOfDay(request.figures.time_ns)) \(resource.name) \(sign) "
                    + "\(Quantity.text(request.figures.amount, of: resource)) \(outcome): \(request.reason)"
                return cut(text).replacing(" \(outcome):", with: " \(colour(outcome)):", maxReplacements: 1)
            }
    }

    /// The end of a path says most, so the beginning gives way.
    private static func fit(_ path: String, _ width: Int) -> String {
        let text = path.count <= width ? path : "…" + path.suffix(width - 1)
        return TextTable.pad(text, width, .left)
    }

    private static let hostName: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return "this host" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()
}

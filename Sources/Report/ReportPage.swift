internal import Aggregates
internal import History
internal import Planner

/// A report as one HTML file that needs nothing else: no script, no network.
package struct ReportPage {
    private let data: ReportData
    private let policies: [PolicyCost]
    private let version: String
    private let madeNanoseconds: UInt64

    /// - Parameters:
    ///   - data: what the page tells of.
    ///   - policies: what others would have cost on the same demand; empty: not compared.
    ///   - version: of this build.
    ///   - madeNanoseconds: Unix time of the page.
    package init(_ data: ReportData, policies: [PolicyCost], version: String, madeNanoseconds: UInt64) {
        self.data = data
        self.policies = policies
        self.version = version
        self.madeNanoseconds = madeNanoseconds
    }

    private var first: UInt64 { data.firstNanoseconds ?? 0 }
    private var last: UInt64 { data.lastNanoseconds }
    private var seconds: Double { Double(last - first) / 1e9 }

    package var html: String {
        let title = "Headroom on \(data.header.hostname)"
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
            <link rel="icon" href="data:,">
            <title>\(ReportText.escaped(title)), \(ReportText.time(first)) to \(ReportText.time(last))</title>
            <style>
            \(ReportStyle.sheet)
            </style></head><body>
            <h1>\(ReportText.escaped(title))</h1>
            <p class="soft">\(ReportText.time(first)) to \(ReportText.time(last)) (\(ReportText.span(seconds))), windows of \
            \(ReportText.span(Double(data.header.intervalNanoseconds) / 1e9)); made \(ReportText.time(madeNanoseconds)) by headroom \(ReportText.escaped(version))</p>
            \(tiles)
            \(planSections)
            \(calibrationSection)
            \(PoolSection(plans: data.plans, quantiles: data.header.quantiles).html)
            \(policySection)
            \(applicationSection)
            \(eventSection)
            \(agentSection)
            </body></html>

            """
    }

    // MARK: Overview

    private var tiles: String {
        func tile(_ value: String, _ words: String, _ style: String = "") -> String {
            "<div class=\"tile\"><b class=\"\(style)\">\(value)</b><span>\(words)</span></div>"
        }
        var tiles = ""
        for resource in [Resource.cpu, .memory] {
            let index = Int(resource.rawValue)
            let means = data.node.map { $0.minute.means[index] }
            guard !means.isEmpty else { continue }
            let mean = means.reduce(0, +) / Double(means.count)
            let peak = data.node.map { $0.minute.peaks[index] }.max() ?? 0
            let all = resource == .cpu ? data.header.cores : data.header.memoryBytes
            tiles += tile(
                ReportText.amount(mean, resource),
                "\(resource.name), mean; peak \(ReportText.amount(peak, resource))\(all > 0 ? " of \(ReportText.amount(all, resource))" : "")")
        }
        let short = data.plans.map { $0.points.reduce(0) { $0 + $1.minute.shortSeconds } }.max() ?? 0
        let planned = data.plans.map { $0.points.reduce(0) { $0 + $1.minute.seconds } }.max() ?? 0
        if planned > 0 {
            tiles += tile(
                ReportText.percent(short / planned, digits: 2), "of the time a plan was short",
                short / planned > 0.05 ? "bad" : "good")
        }
        // A few forecasts say nothing.
        if let score = data.nodeCalibration?.scores.first(where: { $0.quantile >= 0.949 }), score.count >= 60,
            let share = score.share {
            tiles += tile(
                ReportText.percent(share), "of the node's peaks were within \(Quantity.percentile(score.quantile))",
                share < score.quantile - 0.05 ? "bad" : "")
        }
        tiles += tile("\(data.lines.requests.isEmpty ? 0 : data.lines.outcomes.values.reduce(0, +))", "capacity requests")
        let cores = mean(data.agent.map { $0.minute.cores + $0.minute.probeNanosecondsPerSecond / 1e9 })
        if let cores { tiles += tile(ReportText.percent(cores, digits: 2), "of one core: Headroom itself") }
        var text = "<div class=\"tiles\">\(tiles)</div>"
        if data.missingSeconds > 120 {
            text += "<p class=\"bad\">Nobody watched for \(ReportText.span(data.missingSeconds)) of this time: the agent did not run, or could not keep its history.</p>"
        }
        return text
    }

    private func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    // MARK: Plans

    private var planSections: String {
        guard !data.plans.isEmpty else {
            return "<h2>Demand</h2>\n" + [Resource.cpu, .memory].map { chart(nil, $0) }.joined()
        }
        var text = "<h2>Demand and capacity</h2>\n"
        for plan in data.plans { text += section(plan) }
        return text
    }

    private func section(_ plan: ReportData.Plan) -> String {
        let resource = plan.plan.resource
        let seconds = plan.seconds
        guard seconds > 0 else { return "" }
        let shortSeconds = plan.shortSeconds
        let ratio = plan.plan.fraction / (1 - plan.plan.fraction)
        return """
            <h3>\(ReportText.escaped(plan.plan.pool)), \(resource.name)</h3>
            <p class="soft">Held beyond demand \(plan.share(plan.held)) of it; short \(plan.share(plan.short)), \(ReportText.span(shortSeconds)) in all \
            (\(ReportText.percent(shortSeconds / seconds, digits: 2)) of the time, where \(ReportText.percent(1 - plan.plan.fraction, digits: 1)) is the aim: a unit short \
            costs \(ReportText.number(ratio)) idle ones). Lead \(ReportText.span(Double(plan.plan.leadNanoseconds) / 1e9)).</p>
            \(chart(plan, resource))
            """
    }

    /// - Parameter plan: nil: the node's demand alone.
    private func chart(_ plan: ReportData.Plan?, _ resource: Resource) -> String {
        let index = Int(resource.rawValue)
        // The node's own forecasts are the plan's where it is of the whole node.
        let isNode = plan == nil || (plan?.plan.pool == ReportData.node && !data.hasPools)
        let points = plan?.points ?? []
        let node = data.node
        let demand: [(time: UInt64, value: Double)] =
            plan == nil ? node.map { ($0.time, $0.minute.means[index]) } : points.map { ($0.time, $0.minute.meanDemand) }
        let peaks: [(time: UInt64, value: Double)] =
            plan == nil ? node.map { ($0.time, $0.minute.peaks[index]) } : points.map { ($0.time, $0.minute.peakDemand) }
        let ready = points.map { (time: $0.time, value: $0.minute.last.ready) }
        let forecast = points.compactMap { point in point.minute.last.forecast.map { (time: point.time, value: $0) } }
        let quantiles = data.header.quantiles
        // Of a pool, over its own lead; the node's own over the first.
        let banded: [(time: UInt64, values: [Double?])] =
            isNode ? node.map { ($0.time, $0.minute.forecasts[index]) } : points.map { ($0.time, $0.minute.ladder?.values ?? []) }
        let known = quantiles.indices.filter { place in banded.contains { $0.values.count == quantiles.count && $0.values[place] != nil } }
        func level(_ place: Int?) -> [(time: UInt64, value: Double)] {
            guard let place, known.count >= 2 else { return [] }
            return banded.compactMap { point in
                guard point.values.count == quantiles.count, let value = point.values[place] else { return nil }
                return (point.time, value)
            }
        }
        let low = level(known.first)
        let high = level(known.last)
        // One forecast that was far off must not flatten everything else.
        let highs = high.map(\.value).sorted()
        let usual = highs.isEmpty ? 0 : highs[Int(Double(highs.count - 1) * 0.98)]
        let limit = max(usual, (peaks + ready).map(\.value).max() ?? 0)
        guard limit > 0 else { return "<p class=\"soft\">no demand</p>" }
        var chart = TimeChart(first: first, last: last, limit: limit, base: resource == .memory ? 1_024 : 1_000) { ReportText.amount($0, resource) }
        chart.band("band", low, high)
        chart.line("forecast", forecast)
        chart.line("peak", peaks)
        chart.line("demand", demand) { ($0 + $1) / 2 }
        chart.line("ready", ready, isStepped: true, reduce: min)
        chart.marks("short", points.filter { $0.minute.shortSeconds > 0 }.map(\.time))
        var key = "<i class=\"demand\"></i>demand, mean;<i class=\"peak\"></i>highest window"
        if !ready.isEmpty { key += ";<i class=\"ready\"></i>capacity that was there" }
        if !forecast.isEmpty { key += ";<i class=\"forecast\"></i>forecast planned on" }
        if !high.isEmpty {
            func name(_ place: Int?) -> String { place.map { Quantity.percentile(quantiles[$0]) } ?? "" }
            key += ";<i class=\"band\"></i>\(name(known.first))–\(name(known.last)) of the peak ahead"
        }
        if points.contains(where: { $0.minute.shortSeconds > 0 }) { key += ";<i class=\"short\"></i>short" }
        return chart.svg(title: "\(resource.name): demand and capacity")
            + "<div class=\"key\">" + key.split(separator: ";").map { "<span>\($0)</span>" }.joined() + "</div>\n"
    }

    // MARK: Forecasts

    private var calibrationSection: String {
        let node = data.nodeCalibration?.scores ?? []
        let others = data.calibration?.scores ?? []
        let horizon = Double(data.header.horizonsNanoseconds.first ?? 0) / 1e9
        guard (node + others).contains(where: { $0.count > 0 }) else {
            let why = horizon > 0 && horizon <= 30 ? "Those over less than a minute are not compared: the history's minutes are longer." : "None has come to its time yet."
            return "<h2>Forecasts</h2><p class=\"soft\">\(why)</p>"
        }
        func rows(_ name: String, _ scores: [Calibration.Score]) -> String {
            scores.filter { $0.count > 0 }.map { score in
                "<tr><td class=\"left\">\(name)</td><td>\(ReportText.percent(score.quantile, digits: 1))</td>"
                    + "<td>\(ReportText.percent(score.share ?? 0))</td><td>\(score.count)</td></tr>"
            }.joined()
        }
        return """
            <h2>Were the forecasts honest?</h2>
            <p>How often the highest window of the next \(ReportText.span(horizon)) was within the quantile that was forecast for it, CPU and memory, minute by minute. On the
            diagonal they are calibrated; above it they were too wide, below it too narrow.</p>
            <div class="two"><div>\(CalibrationChart.svg([("others", others), ("node", node)]))
            <div class="key"><span><i class="ready"></i>the node</span><span><i class="peak"></i>all other cgroups</span></div></div>
            <div class="wide"><table><tr><th class="left">of</th><th>quantile</th><th>within</th><th>forecasts</th></tr>
            \(rows("the node", node))\(rows("all other cgroups", others))</table></div></div>
            """
    }

    // MARK: Policies

    private var policySection: String {
        guard !policies.isEmpty else {
            return "<h2>What it was worth</h2><p class=\"soft\">Not compared with other rules: that takes two hours of minutes or more.</p>"
        }
        var text = """
            <h2>What it was worth</h2>
            <p>Other rules on the same recorded demand (the highest window of each minute, of the whole node), each with the same lead: capacity asked for comes that much
            later. Cost is what was held, and what was short times the ratio, over demand. <code>static</code> knows the whole time's peak beforehand.</p>

            """
        for resource in Resource.measured {
            let own = policies.filter { $0.resource == resource }
            guard let ours = own.first(where: \.isHeadroom) else { continue }
            text += "<h3>\(resource.name)</h3><div class=\"wide\"><table><tr><th class=\"left\">policy</th><th>held</th><th>short</th><th>time short</th><th>changes a day</th><th>cost</th><th>Headroom saves</th></tr>"
            for one in own {
                let saved = one.isHeadroom ? "" : one.cost > 0 ? ReportText.percent(1 - ours.cost / one.cost, digits: 0) : "–"
                text += "<tr class=\"\(one.isHeadroom ? "ours" : "")\"><td class=\"left\" title=\"\(ReportText.escaped(one.summary))\">\(one.policy)</td>"
                    + "<td>\(ReportText.percent(one.hold))</td><td>\(ReportText.percent(one.shortage, digits: 2))</td>"
                    + "<td>\(ReportText.percent(one.violationTime, digits: 2))</td><td>\(ReportText.number(one.changesPerDay))</td>"
                    + "<td>\(ReportText.number(one.cost))</td><td>\(saved)</td></tr>"
            }
            text += "</table></div>\n"
        }
        return text
    }

    // MARK: Applications

    private var applicationSection: String {
        let top = data.top(20)
        guard !top.isEmpty else { return "" }
        let minutes = Double(max(1, data.node.count))
        var text = """
            <h2>Who used it</h2>
            <div class="wide"><table><tr><th class="left">cgroup</th><th>CPU, mean</th><th>peak</th><th class="left">over the time</th><th>waited</th>
            <th>memory, mean</th><th>peak</th><th class="left">network, disk, a second</th></tr>

            """
        for one in top {
            let seconds = Double(one.minutes) * 60
            let isWhole = one.minutes >= Int(minutes * 0.95)
            var rest = [(Resource.networkReceive, "in"), (.networkTransmit, "out"), (.diskRead, "read"), (.diskWrite, "written")].compactMap { resource, word in
                one.mean(resource) >= 1 ? ReportText.amount(one.mean(resource), resource).dropLast(2) + " " + word : nil
            }
            if one.throttledNanoseconds > 0 { rest.append("throttled " + ReportText.percent(one.throttledNanoseconds / 1e9 / seconds)) }
            if !isWhole { rest.append("there for " + ReportText.span(seconds)) }
            text += "<tr><td class=\"name\" title=\"\(ReportText.escaped(one.path))\"><bdi>\(ReportText.escaped(one.name))</bdi></td>"
                + "<td>\(ReportText.number(one.mean(.cpu)))</td><td>\(ReportText.number(one.peak(.cpu)))</td><td class=\"left\">\(spark(one))</td>"
                + "<td>\(ReportText.percent(one.delayNanoseconds / 1e9 / seconds))</td>"
                + "<td>\(ReportText.amount(one.mean(.memory), .memory))</td><td>\(ReportText.amount(one.peak(.memory), .memory))</td>"
                + "<td class=\"few\">\(rest.joined(separator: ", "))</td></tr>\n"
        }
        let leaves = data.applications.values.count { $0.isLeaf && $0.path != "/" }
        return text + "</table></div><p class=\"soft\">\(leaves) cgroups without others inside; the \(top.count) that used most CPU time. Means over the minutes in which they were there; waited: for a CPU, tasks together.</p>"
    }

    private func spark(_ one: ReportData.Application) -> String {
        let from = first / data.sparkNanoseconds
        let to = max(last / data.sparkNanoseconds, from + 1)
        guard let highest = one.spark.values.max(), highest > 0, highest.isFinite else { return "" }
        var path = ""
        // A minute whose end was not told may be of before the first.
        for (bucket, value) in one.spark.sorted(by: { $0.key < $1.key }) where bucket >= from && bucket <= to {
            let x = ReportText.fixed(Double(bucket - from) / Double(to - from) * 146 + 2, 1)
            path += (path.isEmpty ? "M" : "L") + "\(x) \(ReportText.fixed(22 - value / highest * 20, 1))"
        }
        return "<svg class=\"spark\" viewBox=\"0 0 150 24\" aria-hidden=\"true\"><path class=\"ready\" d=\"\(path)h0.1\"/></svg>"
    }

    // MARK: Events

    private var eventSection: String {
        var text = "<h2>Requests, alarms and losses</h2>\n"
        if !data.lines.outcomes.isEmpty {
            let counts = data.lines.outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            text += "<p>Capacity requests: \(ReportText.escaped(counts.joined(separator: ", "))). The last:</p><div class=\"wide\"><table>"
                + "<tr><th class=\"left\">when</th><th class=\"left\">pool</th><th>to</th><th class=\"left\">answer</th><th class=\"left\">why</th></tr>\n"
            for request in data.lines.requests.reversed().prefix(12) {
                let resource = Resource(name: request.resource) ?? .cpu
                text += "<tr><td class=\"left\">\(ReportText.time(request.time))</td><td class=\"left\">\(ReportText.escaped(request.pool)) \(ReportText.escaped(request.resource))</td>"
                    + "<td>\(ReportText.amount(request.amount, resource))</td><td class=\"left\">\(ReportText.escaped(request.outcome))</td>"
                    + "<td class=\"words\">\(ReportText.escaped(request.reason))</td></tr>\n"
            }
            text += "</table></div>\n"
        }
        let alarms = data.lines.events.filter { !$0.key.hasPrefix("cgroup") }
        let born = data.lines.events["cgroup_created"] ?? 0
        let gone = data.lines.events["cgroup_removed"] ?? 0
        text += "<p>" + (alarms.isEmpty ? "No alarms" : "Alarms: " + alarms.sorted { $0.key < $1.key }.map { "\($0.value) <code>\(ReportText.escaped($0.key))</code>" }.joined(separator: ", "))
            + ". Cgroups made: \(born), removed: \(gone)"
            + (data.lines.events["cgroups_left_out"].map { ", and \($0) births and removals that were only counted" } ?? "") + ".</p>\n"
        let losses = data.lines.losses.filter { $0.value.count > 0 }.sorted { $0.key < $1.key }
        guard !losses.isEmpty else { return text + "<p>Nothing was lost.</p>" }
        text += "<div class=\"wide\"><table><tr><th class=\"left\">lost</th><th>count</th><th class=\"left\">what it means</th></tr>"
        for (cause, loss) in losses {
            text += "<tr><td class=\"left\"><code>\(ReportText.escaped(cause))</code></td><td>\(ReportText.fixed(loss.count, 0))</td><td class=\"words\">\(ReportText.escaped(loss.meaning))</td></tr>"
        }
        return text + "</table></div>"
    }

    // MARK: The agent

    private var agentSection: String {
        guard !data.agent.isEmpty else { return "" }
        let cores = data.agent.map { (time: $0.time, value: $0.minute.cores) }
        let probes = data.agent.map { (time: $0.time, value: $0.minute.probeNanosecondsPerSecond / 1e9) }
        let limit = max(0.001, (cores + probes).map(\.value).max() ?? 0)
        var chart = TimeChart(first: first, last: last, height: 110, limit: limit) { ReportText.percent($0, digits: 2) }
        chart.line("ready", cores)
        chart.line("forecast", probes)
        let resident = data.agent.map(\.minute.residentBytes)
        let cgroups = data.agent.map(\.minute.cgroups)
        return """
            <h2>What Headroom itself cost</h2>
            <p class="soft">The agent's process \(ReportText.percent(mean(cores.map(\.value)) ?? 0, digits: 2)) of one core, its probes \(ReportText.percent(mean(probes.map(\.value)) ?? 0, digits: 2)), \
            on average; memory \(ReportText.amount(resident.first ?? 0, .memory)) at first, \(ReportText.amount(resident.last ?? 0, .memory)) at last, \(ReportText.amount(resident.max() ?? 0, .memory)) at most; \
            \(cgroups.min() ?? 0) to \(cgroups.max() ?? 0) cgroups.</p>
            \(chart.svg(title: "what the agent costs"))<div class="key"><span><i class="ready"></i>agent</span><span><i class="forecast"></i>probes</span></div>
            """
    }
}

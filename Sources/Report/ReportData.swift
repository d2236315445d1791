package import Aggregates
package import History

/// What a report tells, gathered from the minutes of the history.
///
/// Memory: 5 numbers a minute and plan, a few hundred bytes a cgroup.
package struct ReportData: HistoryVisitor {
    /// A plan's minutes.
    struct Plan {
        let plan: HistoryPlan
        /// Of the forecasts of its own demand.
        var calibration: Calibration
        var points: [(time: UInt64, minute: HistoryPlanMinute)] = []
    }

    /// A cgroup over the whole time.
    struct Application {
        let name: String
        let path: String
        var isLeaf: Bool
        var minutes = 0
        var sums = InlineArray<6, Double>(repeating: 0)
        var peaks = InlineArray<6, Double>(repeating: 0)
        var delayNanoseconds = 0.0
        var throttledNanoseconds = 0.0
        /// CPU, added up by bucket of `sparkNanoseconds`.
        var spark: [UInt64: Double] = [:]

        func mean(_ resource: Resource) -> Double { minutes > 0 ? sums[Int(resource.rawValue)] / Double(minutes) : 0 }
        func peak(_ resource: Resource) -> Double { peaks[Int(resource.rawValue)] }
    }

    /// The name of what is in no pool.
    static let node = "node"

    private(set) var header = HistoryHeader()
    private(set) var plans: [Plan] = []
    private(set) var applications: [String: Application] = [:]
    /// The root's minutes.
    private(set) var node: [(time: UInt64, minute: HistoryMinute)] = []
    private(set) var agent: [(time: UInt64, minute: HistoryAgentMinute)] = []
    /// Of the node, and of all other cgroups together, CPU and memory.
    private(set) var nodeCalibration: Calibration?
    private(set) var calibration: Calibration?
    private(set) var lines = ReportLines()
    /// From the first to the last minute's end.
    private(set) var firstNanoseconds: UInt64?
    private(set) var lastNanoseconds: UInt64 = 0
    private(set) var observedNanoseconds: UInt64 = 0

    /// Of the small pictures of applications.
    let sparkNanoseconds: UInt64

    /// - Parameter span: that the report may be about, nanoseconds.
    package init(span: UInt64) { sparkNanoseconds = max(60_000_000_000, span / 100) }

    package var minuteCount: Int { node.count }
    package var isEmpty: Bool { firstNanoseconds == nil }

    package mutating func begin(_ header: HistoryHeader, _ file: HistoryFile) {
        // What was imported has no forecasts, and tells no more of this node than its name.
        if file.isImported, self.header.intervalNanoseconds > 0 { return }
        // Forecasts of another setup do not mix.
        if header.horizonsNanoseconds != self.header.horizonsNanoseconds || header.quantiles != self.header.quantiles {
            let horizon = header.horizonsNanoseconds.first ?? 300_000_000_000
            nodeCalibration = Calibration(horizon: horizon, quantiles: header.quantiles)
            calibration = Calibration(horizon: horizon, quantiles: header.quantiles)
            for place in plans.indices { plans[place].calibration = Calibration(horizon: horizon, quantiles: header.quantiles) }
        }
        self.header = header
    }

    package mutating func minute(_ cgroup: HistoryCgroup, _ minute: HistoryMinute, timeNanoseconds: UInt64) {
        var application =
            applications[cgroup.path]
            ?? Application(name: cgroup.application ?? cgroup.path, path: cgroup.path, isLeaf: cgroup.isLeaf)
        application.minutes += 1
        application.isLeaf = cgroup.isLeaf
        for index in 0..<6 {
            application.sums[index] += minute.means[index]
            application.peaks[index] = max(application.peaks[index], minute.peaks[index])
        }
        application.delayNanoseconds += Double(minute.delayNanoseconds)
        application.throttledNanoseconds += Double(minute.throttledNanoseconds)
        application.spark[timeNanoseconds / sparkNanoseconds, default: 0] += minute.means[0]
        applications[cgroup.path] = application
        let isNode = cgroup.path == "/"
        if isNode { node.append((timeNanoseconds, minute)) }
        for resource in [Resource.cpu, .memory] {
            let index = Int(resource.rawValue)
            let key = "\(cgroup.path) \(index)"
            if isNode {
                nodeCalibration?.add(
                    key, peak: minute.peaks[index], forecast: minute.forecasts[index], timeNanoseconds: timeNanoseconds)
            } else {
                calibration?.add(
                    key, peak: minute.peaks[index], forecast: minute.forecasts[index], timeNanoseconds: timeNanoseconds)
            }
        }
    }

    package mutating func minuteEnd(timeNanoseconds: UInt64, durationNanoseconds: UInt64) {
        // After a clock that was set back, minutes are of before the first.
        firstNanoseconds = min(firstNanoseconds ?? .max, timeNanoseconds - min(timeNanoseconds, durationNanoseconds))
        // An imported minute and a recorded one may be of the same time.
        observedNanoseconds += min(durationNanoseconds, timeNanoseconds - min(timeNanoseconds, lastNanoseconds))
        lastNanoseconds = max(lastNanoseconds, timeNanoseconds)
    }

    package mutating func planMinute(_ plan: HistoryPlan, _ minute: HistoryPlanMinute, timeNanoseconds: UInt64) {
        let place: Int
        if let known = plans.firstIndex(where: { $0.plan.pool == plan.pool && $0.plan.resource == plan.resource }) {
            place = known
        } else {
            place = plans.count
            plans.append(
                Plan(plan: plan, calibration: Calibration(horizon: UInt64(plan.leadNanoseconds), quantiles: header.quantiles)))
        }
        plans[place].calibration.add(
            "", peak: minute.peakDemand, forecast: minute.ladder?.values ?? [], horizon: minute.ladder?.horizonNanoseconds,
            timeNanoseconds: timeNanoseconds)
        plans[place].points.append((timeNanoseconds, minute))
    }

    package mutating func agentMinute(_ minute: HistoryAgentMinute, timeNanoseconds: UInt64) {
        agent.append((timeNanoseconds, minute))
    }

    package mutating func line(_ text: ArraySlice<UInt8>, timeNanoseconds: UInt64) { lines.add(text, timeNanoseconds) }

    // MARK: What it comes to

    /// The node's highest window of each minute; times increase.
    package func nodePeaks(_ resource: Resource) -> (seconds: [Int64], values: [Double?]) {
        var seconds: [Int64] = []
        var values: [Double?] = []
        for (time, minute) in node {
            let second = Int64((Double(time) / 1e9).rounded())
            // A clock that was set back.
            guard second > seconds.last ?? .min else { continue }
            seconds.append(second)
            values.append(minute.peaks[Int(resource.rawValue)])
        }
        return (seconds, values)
    }

    /// The whole node's, or what is in no pool's: of CPU, where there is one.
    package var nodePlan: HistoryPlan? {
        let own = plans.map(\.plan).filter { $0.pool == Self.node }
        return own.first { $0.resource == .cpu } ?? own.first
    }

    /// Whether anything but the node was planned as a pool.
    var hasPools: Bool { plans.contains { $0.plan.pool != Self.node && !$0.plan.pool.hasPrefix("/") } }

    /// Leaves that used most CPU time, and then most memory.
    func top(_ count: Int) -> [Application] {
        Array(
            applications.values.filter { $0.isLeaf && $0.path != "/" }
                .sorted { ($0.sums[0], $0.sums[1], $1.path) > ($1.sums[0], $1.sums[1], $0.path) }
                .prefix(count))
    }

    /// Seconds between first and last that nobody watched.
    var missingSeconds: Double {
        guard let firstNanoseconds else { return 0 }
        return max(0, Double(lastNanoseconds - firstNanoseconds) / 1e9 - Double(observedNanoseconds) / 1e9)
    }
}

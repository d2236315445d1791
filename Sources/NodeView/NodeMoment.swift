package import Agent
package import Aggregates
internal import HeadroomABI

/// A node as it was at the end of one window: what a view shows.
package struct NodeMoment {
    /// End of the window, Unix nanoseconds.
    package let time: UInt64
    package let facts: NodeFacts
    /// No order is promised.
    package let rows: [CgroupRow]
    /// What there is beyond the rows; asked for the cgroups that are looked at.
    package let details: any CgroupDetails

    package init(
        time: UInt64, facts: NodeFacts, rows: [CgroupRow], details: any CgroupDetails
    ) {
        self.time = time
        self.facts = facts
        self.rows = rows
        self.details = details
    }

    /// When a plan was made that is not of this moment, as a time of day; nil for one that is.
    func timeOfAnother(_ plan: ShownPlan) -> String? {
        let made = plan.figures.time_ns
        let distance = time > made ? time - made : made - time
        return distance > 2 * facts.intervalNanoseconds ? Compact.timeOfDay(made) : nil
    }
}

/// What is said of the node and its agent.
package struct NodeFacts: Sendable {
    package var startedNanoseconds: UInt64 = 0
    package var intervalNanoseconds: UInt64 = 1_000_000_000
    package var cgroups = 0
    /// Of the agent; nil where it is not known for this moment.
    package var own: OwnCost?
    package var losses: [(cause: LossCause, total: UInt64)] = []
    /// Names of probes that are shed now.
    package var shed: [String] = []
    package var horizonsSeconds: [Double] = []
    package var quantiles: [Double] = []
    /// Each tells its own time, which can be another than the moment's.
    package var plans: [ShownPlan] = []
    /// Newest first; those after the moment are left out.
    package var requests: [ShownRequest] = []

    package struct OwnCost: Sendable {
        /// Cores, mean since the start.
        package var cores: Double
        package var residentBytes: Double
        package var probeCores: Double
        package var walkNanoseconds: Double

        package init(
            cores: Double, residentBytes: Double, probeCores: Double, walkNanoseconds: Double
        ) {
            self.cores = cores
            self.residentBytes = residentBytes
            self.probeCores = probeCores
            self.walkNanoseconds = walkNanoseconds
        }
    }

    /// Of the host that it was; nil: this one.
    package var hostName: String?
    /// It comes from disk: losses, requests, and what the agent cost are not known.
    package var isKept = false

    package init() {}
}

/// One cgroup, its subtree included, in one window.
package struct CgroupRow: Sendable {
    /// Tells a cgroup from the others of all moments of a source.
    package struct ID: Hashable, Sendable {
        package let slot: Int
        package let generation: UInt64

        package init(slot: Int, generation: UInt64) {
            self.slot = slot
            self.generation = generation
        }
    }

    package let id: ID
    package let name: CgroupName
    /// Place of the parent in the moment's rows; -1 for none.
    package var parent: Int32 = -1
    package var figures: Figures
    /// That the agent holds it to; 0: none.
    package var limitCores: Float = 0
    package var limitBytes: Float = 0
    /// The highest mean over 10 ms; NaN where it is not known.
    package var peakCores: Float = .nan

    package init(id: ID, name: CgroupName, figures: Figures) {
        self.id = id
        self.name = name
        self.figures = figures
    }

    /// Capacity beyond what it uses that is there for it, or should be: up to its limit where
    /// Headroom holds it to one, else up to the forecast. Never below 0; NaN without either.
    package func buffer(_ resource: Resource) -> Float {
        switch resource {
        case .cpu: Self.buffer(figures[.cpu], limitCores, figures[.forecastCPU])
        case .memory: Self.buffer(figures[.memory], limitBytes, figures[.forecastMemory])
        default: .nan
        }
    }

    private static func buffer(_ use: Float, _ limit: Float, _ forecast: Float) -> Float {
        let room = (limit > 0 ? limit : forecast) - use
        return room.isNaN ? .nan : max(0, room)
    }

    /// Bytes a second, both ways.
    package var network: Float { figures[.networkReceive] + figures[.networkTransmit] }
    package var disk: Float { figures[.diskRead] + figures[.diskWrite] }

    /// The worst of the shares of time in which some of its tasks stalled, and on what.
    package var pressure: (share: Float, on: Figure)? {
        var worst: (share: Float, on: Figure)?
        for figure in [Figure.pressureCPU, .pressureMemory, .pressureIO] {
            let share = figures[figure]
            if !share.isNaN, share > worst?.share ?? -1 { worst = (share, figure) }
        }
        return worst
    }
}

/// Answers what is not in every row. One thread; valid as long as its moment is the source's last.
package protocol CgroupDetails {
    /// Values up to the moment, one an interval, oldest first; unknown ones are NaN.
    func history(_ figure: Figure, of row: CgroupRow.ID) -> [Float]
    /// All of one window; nil where only the row's figures were kept.
    func detail(of row: CgroupRow.ID) -> CgroupDetail?
}

/// All that is known of a cgroup in a window.
package struct CgroupDetail: Sendable {
    package let window: Window
    package let detail: WindowDetail
    /// By resource, horizon and quantile, as `NodeFacts` names them; NaN for none.
    private let forecasts: [Double]

    /// There are `TableLayout.forecastCells` forecasts, as in the shared table.
    package init(window: Window, detail: WindowDetail, forecasts: [Double]) {
        precondition(forecasts.count == TableLayout.forecastCells, "\(forecasts.count) forecasts")
        self.window = window
        self.detail = detail
        self.forecasts = forecasts
    }

    /// Nil while there is no forecast.
    package func forecast(_ resource: Resource, horizon: Int, quantile: Int) -> Double? {
        guard let place = TableLayout.forecastPlace(resource, horizon, quantile) else { return nil }
        return forecasts[place].isNaN ? nil : forecasts[place]
    }
}

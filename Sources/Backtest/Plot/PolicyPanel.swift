internal import Aggregates

/// What is drawn of one policy and resource, by column of the picture: demand, the capacity that
/// was usable, and demand above it.
struct PolicyPanel: Sendable {
    static let columnCount = 500

    struct Column: Sendable {
        var demandLow = Double.infinity
        var demandHigh = -Double.infinity
        var capacityLow = Double.infinity
        var capacityHigh = -Double.infinity
        /// The largest demand that found no capacity, and what there was then.
        var short: (demand: Double, capacity: Double)?
    }

    let policy: PolicyKind
    let resource: Resource
    let score: SimulationScore?
    let firstSeconds: Int64
    let lastSeconds: Int64
    private(set) var columns = [Column](repeating: Column(), count: columnCount)

    init(policy: PolicyKind, resource: Resource, rows: [PlanRow], score: SimulationScore?) {
        self.policy = policy
        self.resource = resource
        self.score = score
        firstSeconds = rows.first?.timestampSeconds ?? 0
        lastSeconds = rows.last?.timestampSeconds ?? 0
        for row in rows { add(row) }
    }

    private mutating func add(_ row: PlanRow) {
        let span = Double(max(1, lastSeconds - firstSeconds))
        let share = Double(row.timestampSeconds - firstSeconds) / span
        let index = min(Self.columnCount - 1, Int(share * Double(Self.columnCount)))
        columns[index].capacityLow = min(columns[index].capacityLow, row.available)
        columns[index].capacityHigh = max(columns[index].capacityHigh, row.available)
        guard let demand = row.demand else { return }
        columns[index].demandLow = min(columns[index].demandLow, demand)
        columns[index].demandHigh = max(columns[index].demandHigh, demand)
        let missing = demand - row.available
        guard missing > 0 else { return }
        if let worst = columns[index].short, worst.demand - worst.capacity >= missing { return }
        columns[index].short = (demand, row.available)
    }
}

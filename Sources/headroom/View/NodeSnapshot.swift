internal import Agent
internal import Aggregates
internal import HeadroomABI

/// One consistent look at a running agent's table: what every view and command shows.
struct NodeSnapshot {
    struct Row {
        let index: Int
        let path: String
        let slot: hr_table_slot

        var window: Window { slot.window }
        var isFresh: Bool { window.end_ns > 0 }
        /// The agent holds it to a limit.
        var isLimited: Bool { slot.limit_cores > 0 || slot.limit_bytes > 0 }

        var identity: CgroupIdentity? { CgroupIdentity(path: path) }

        var subject: WindowSubject {
            WindowSubject(
                index: index, generation: slot.generation, cgroupID: slot.cgroup_id, path: path,
                identity: identity, isRoot: path == "/", isLeaf: false)
        }

        /// A container's or pod's name; any other cgroup's path.
        var name: String {
            guard let identity, identity.kind.isWorkload else {
                return path
            }
            return identity.displayName
        }

        /// Nil while there is no forecast.
        func forecast(_ resource: Resource, horizon: Int, quantile: Int) -> Double? {
            let value = unsafe withUnsafeBytes(of: slot.forecast) { raw in
                let cells = unsafe raw.bindMemory(to: Double.self)
                let index =
                    (Int(resource.rawValue) * Int(HR_TABLE_HORIZONS) + horizon)
                    * Int(HR_TABLE_QUANTILES) + quantile
                return unsafe cells[index]
            }
            return value.isNaN ? nil : value
        }

        /// Past windows of a resource, oldest first.
        func history(_ resource: Resource) -> [Double] {
            unsafe withUnsafeBytes(of: slot.history) { raw in
                let cells = unsafe raw.bindMemory(to: Float.self)
                let length = Int(HR_TABLE_HISTORY)
                let count = min(Int(slot.history_count), length)
                let next = Int(slot.history_next) % length
                return (0..<count).map { step in
                    let at = (next + length - count + step) % length
                    return Double(unsafe cells[Int(resource.rawValue) * length + at])
                }
            }
        }
    }

    struct Plan {
        let resource: Resource
        let entry: hr_table_plan
        /// A pool's name; nil: what is in none, so without pools the whole node.
        var pool: String?
        /// Cgroups that a pool added up.
        var applications = 0
        var reason: String { TableText.read(entry.reason) }
        var forecast: Double? { entry.forecast.isNaN ? nil : entry.forecast }
        var allocatable: Double? { entry.allocatable.isNaN ? nil : entry.allocatable }
        /// Of the forecast that is planned on, by the node's quantiles; NaN where there is none.
        var ladder: [Double] {
            unsafe withUnsafeBytes(of: entry.ladder) { raw in
                unsafe Array(raw.bindMemory(to: Double.self))
            }
        }
        var coverage: Double? { entry.coverage.isNaN ? nil : entry.coverage }
    }

    struct Request {
        let resource: Resource
        let entry: hr_table_request
        var reason: String { TableText.read(entry.reason) }
        /// A cgroup's path, a pool, or the node.
        var pool: String { TableText.read(entry.pool) }
        var isOfNode: Bool { pool == EngineConfiguration().pool }
        var outcome: String {
            let names = OutcomeSummary.names
            return Int(entry.outcome) < names.count ? names[Int(entry.outcome)] : "?"
        }
    }

    let header: hr_table_header
    /// Root first, then by path.
    let rows: [Row]

    /// Nil when the writer was caught in the middle too often.
    init?(_ attachment: inout TableAttachment) {
        guard let header = attachment.reader.header() else { return nil }
        self.header = header
        var rows: [Row] = []
        for index in 0..<min(Int(header.slots_used), attachment.reader.slotCount) {
            guard let slot = attachment.reader.slot(index) else { continue }
            rows.append(Row(index: index, path: TableText.read(slot.path), slot: slot))
        }
        self.rows = rows.sorted { $0.path < $1.path }
    }

    /// A snapshot, or why there is none.
    static func take(_ attachment: inout TableAttachment) throws(AgentError) -> NodeSnapshot {
        guard let snapshot = NodeSnapshot(&attachment) else {
            throw AgentError(.failed, "the agent's table stays half written: is the agent stopped?")
        }
        return snapshot
    }

    var horizonSeconds: [Double] {
        unsafe withUnsafeBytes(of: header.horizons_ns) { raw in
            let values = unsafe raw.bindMemory(to: UInt64.self)
            return (0..<min(Int(header.horizon_count), values.count)).map {
                Double(unsafe values[$0]) / 1e9
            }
        }
    }

    var quantiles: [Double] {
        unsafe withUnsafeBytes(of: header.quantiles) { raw in
            let values = unsafe raw.bindMemory(to: Double.self)
            return (0..<min(Int(header.quantile_count), values.count)).map { unsafe values[$0] }
        }
    }

    /// Index of the quantile nearest to `wanted`.
    func quantileIndex(_ wanted: Double) -> Int {
        let all = quantiles
        return all.indices.min { (all[$0] - wanted).magnitude < (all[$1] - wanted).magnitude } ?? 0
    }

    /// Of the node, then of the pools.
    var plans: [Plan] { nodePlans + poolPlans }

    private var nodePlans: [Plan] {
        unsafe withUnsafeBytes(of: header.plans) { raw in
            let entries = unsafe raw.bindMemory(to: hr_table_plan.self)
            return Resource.measured.compactMap { resource in
                let entry = unsafe entries[Int(resource.rawValue)]
                return entry.time_ns == 0 ? nil : Plan(resource: resource, entry: entry)
            }
        }
    }

    private var poolPlans: [Plan] {
        unsafe withUnsafeBytes(of: header.pool_plans) { raw in
            let entries = unsafe raw.bindMemory(to: hr_table_pool_plan.self)
            return (0..<min(Int(header.pool_plan_count), entries.count)).compactMap { place in
                let entry = unsafe entries[place]
                guard entry.plan.time_ns != 0,
                    let resource = Resource(rawValue: UInt8(clamping: entry.resource))
                else { return nil }
                return Plan(
                    resource: resource, entry: entry.plan, pool: TableText.read(entry.pool),
                    applications: Int(entry.applications))
            }
        }
    }

    /// The last requests, newest first.
    var requests: [Request] {
        unsafe withUnsafeBytes(of: header.requests) { raw in
            let entries = unsafe raw.bindMemory(to: hr_table_request.self)
            let kept = min(header.request_count, UInt64(HR_TABLE_REQUESTS))
            return (0..<kept).compactMap { back in
                let at = Int((header.request_count - 1 - back) % UInt64(HR_TABLE_REQUESTS))
                let entry = unsafe entries[at]
                guard let resource = Resource(rawValue: UInt8(clamping: entry.resource)) else {
                    return nil
                }
                return Request(resource: resource, entry: entry)
            }
        }
    }

    func loss(_ cause: LossCause) -> UInt64 {
        unsafe withUnsafeBytes(of: header.losses) { raw in
            unsafe raw.bindMemory(to: UInt64.self)[cause.index]
        }
    }

    var losses: [(cause: LossCause, total: UInt64)] { LossCause.all.map { ($0, loss($0)) } }

    var maps: [(id: UInt32, name: String)] {
        unsafe withUnsafeBytes(of: header.maps) { unsafe Self.objects($0, header.map_count) }
    }

    var programs: [(id: UInt32, name: String)] {
        unsafe withUnsafeBytes(of: header.programs) {
            unsafe Self.objects($0, header.program_count)
        }
    }

    private static func objects(
        _ raw: UnsafeRawBufferPointer, _ count: UInt32
    ) -> [(id: UInt32, name: String)] {
        let entries = unsafe raw.bindMemory(to: hr_table_object.self)
        return (0..<min(Int(count), entries.count)).map {
            (unsafe entries[$0].id, TableText.read(unsafe entries[$0].name))
        }
    }
}

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
    }

    let header: TableHeader
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

    var horizonNanoseconds: [Int64] {
        header.elements(of: \.horizons_ns, as: UInt64.self, first: Int(header.horizon_count)).map { Int64(clamping: $0) }
    }

    var quantiles: [Double] {
        header.elements(of: \.quantiles, as: Double.self, first: Int(header.quantile_count))
    }

    /// Of the node, then of the pools.
    var plans: [ShownPlan] { header.plans }
    /// The last requests, newest first.
    var requests: [ShownRequest] { header.requests }
}

internal import Agent
internal import Aggregates
internal import HeadroomABI
internal import Probes

/// Which cgroup a map's key stands for: by id, or by slot through the map of slots.
struct SlotNames {
    private var pathByID: [UInt64: String] = [:]
    private var pathBySlot: [UInt64: String] = [0: Aggregates.otherPath]

    init(_ snapshot: NodeSnapshot) throws {
        for row in snapshot.rows { pathByID[row.slot.cgroup_id] = row.path }
        guard let cgroups = snapshot.maps.first(where: { $0.name == "hr_cgroups" }) else { return }
        let paths = pathByID
        var bySlot = pathBySlot
        try MapHandle(id: cgroups.id, name: cgroups.name).forEachEntry { key, values in
            guard case .number(let id) = key, case .structure(let fields)? = values.first,
                case .number(let slot)? = fields.first(where: { $0.name == "slot" })?.value
            else { return true }
            bySlot[slot] = paths[id] ?? "cgroup \(id)"
            return true
        }
        pathBySlot = bySlot
    }

    func cgroup(of key: DecodedValue, in map: String) -> String? {
        guard case .number(let number) = key else { return nil }
        if map == "hr_cgroups" { return pathByID[number] }
        if map.hasSuffix("_slots") { return pathBySlot[number] }
        return nil
    }
}

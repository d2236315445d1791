internal import Agent
internal import Aggregates
internal import HeadroomABI
internal import Probes

/// Which cgroup a key or value stands for: by id, by slot through `hr_cgroups`.
struct CgroupNames {
    struct Tenant {
        let cgroupID: UInt64
        let owner: UInt64
    }

    private(set) var pathByID: [UInt64: String] = [:]
    private var tenants: [UInt64: Tenant] = [:]
    private var slotByID: [UInt64: UInt64] = [:]
    /// Copies of a cgroup's disk counts.
    private(set) var diskShards: UInt64 = 1
    static let otherSlot: UInt64 = 0

    /// For tests.
    init(
        paths: [UInt64: String], tenants: [UInt64: (cgroupID: UInt64, owner: UInt64)], diskShards: UInt64
    ) {
        pathByID = paths
        for (slot, tenant) in tenants {
            self.tenants[slot] = Tenant(cgroupID: tenant.cgroupID, owner: tenant.owner)
            slotByID[tenant.cgroupID] = slot
        }
        self.diskShards = diskShards
    }

    /// O(cgroups).
    init(_ agent: inout RunningAgent) throws(BPFError) {
        let count = min(Int(agent.header.slots_used), agent.attachment.reader.slotCount)
        for index in 0..<count {
            guard let slot = agent.attachment.reader.slot(index) else { continue }
            pathByID[slot.cgroup_id] = TableText.read(slot.path)
        }
        for object in agent.maps {
            switch object.name {
            case "hr_cgroups": try readTenants(object)
            case ".rodata.config": try readConfiguration(object)
            default: break
            }
        }
    }

    private mutating func readTenants(_ object: RunningAgent.Object) throws(BPFError) {
        let map = try MapHandle(id: object.id, name: object.name)
        let layout = try map.layout()
        var tenants: [UInt64: Tenant] = [:]
        var slots: [UInt64: UInt64] = [:]
        try map.forEachRaw { key, value in
            let fields = layout.value.decode(value)
            guard let id = layout.key.decode(key).unsigned, let slot = fields["slot"]?.unsigned,
                let owner = fields["owner"]?.unsigned
            else { return true }
            tenants[slot] = Tenant(cgroupID: id, owner: owner)
            slots[id] = slot
            return true
        }
        self.tenants = tenants
        slotByID = slots
    }

    private mutating func readConfiguration(_ object: RunningAgent.Object) throws(BPFError) {
        let map = try MapHandle(id: object.id, name: object.name)
        let layout = try map.layout()
        guard let value = try map.value(ofKey: [0, 0, 0, 0]) else { return }
        diskShards = max(1, layout.value.decode(value[...])["config"]?["disk_shards"]?.unsigned ?? 1)
    }

    func path(ofID id: UInt64) -> String { pathByID[id] ?? "cgroup \(id)" }
    func id(ofPath path: String) -> UInt64? { pathByID.first { $0.value == path }?.key }
    func slot(ofID id: UInt64) -> UInt64? { slotByID[id] }
    func tenant(ofSlot slot: UInt64) -> Tenant? { tenants[slot] }

    /// The cgroup that holds a slot now; nil when none does.
    func path(ofSlot slot: UInt64) -> String? {
        slot == Self.otherSlot ? Aggregates.otherPath : tenants[slot].map { path(ofID: $0.cgroupID) }
    }

    /// Of a key that names a cgroup.
    func cgroup(of key: DecodedValue, _ guide: MapGuide) -> String? {
        guard let number = key.unsigned else { return nil }
        switch guide.key {
        case .cgroup: return pathByID[number]
        case .slot: return path(ofSlot: number)
        case .shardedSlot: return path(ofSlot: number / diskShards)
        case .number, .loss: return nil
        }
    }

    /// Of a value that names one: by its id, or by slot and the owner that the slot still has.
    func cgroup(in value: DecodedValue) -> String? {
        if let id = value["cgroup_id"]?.unsigned, id != 0 { return path(ofID: id) }
        guard let slot = value["slot"]?.unsigned, let owner = value["owner"]?.unsigned, owner != 0,
            tenants[slot]?.owner == owner
        else { return nil }
        return path(ofSlot: slot)
    }
}

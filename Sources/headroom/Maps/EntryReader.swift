internal import Aggregates
internal import Probes

/// Makes what a map's bytes say out of them: decoded, named, and added up over CPUs.
struct EntryReader {
    let guide: MapGuide
    let info: MapInfo
    let layout: MapLayout
    let names: CgroupNames
    /// Each CPU by itself, where there is one copy a CPU.
    let isPerCPU: Bool

    /// - Parameter perCPU: whether each CPU's copy is wanted; a map whose fields do not add up is
    ///   always shown so.
    init(_ guide: MapGuide, _ map: borrowing MapHandle, _ names: CgroupNames, perCPU: Bool) throws(BPFError) {
        self.init(guide, map.info, try map.layout(), names, perCPU: perCPU)
    }

    init(_ guide: MapGuide, _ info: MapInfo, _ layout: MapLayout, _ names: CgroupNames, perCPU: Bool) {
        self.guide = guide
        self.info = info
        self.layout = layout
        self.names = names
        isPerCPU = info.isPerCPU && (perCPU || guide.counters.isEmpty)
    }

    /// What one key's bytes say. Copies of CPUs that are all zero are left out; so is an array's
    /// entry, which is always there, when all of it is zero.
    func entries(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>, keepsZero: Bool = false) -> [DumpedEntry] {
        if info.isArray, !keepsZero, value.allSatisfy({ $0 == 0 }) { return [] }
        let base = entry(layout.key.decode(key))
        guard info.isPerCPU else { return [with(layout.value.decode(value), base)] }
        let copies = (0..<info.copies).compactMap { cpu -> (cpu: Int, value: DecodedValue)? in
            let copy = value.dropFirst(cpu * info.valueStride).prefix(info.valueBytes)
            if copy.allSatisfy({ $0 == 0 }) { return nil }
            return (cpu, layout.value.decode(copy))
        }
        if isPerCPU {
            return copies.map { copy in
                var one = with(copy.value, base)
                one.cpu = copy.cpu
                return one
            }
        }
        guard !copies.isEmpty else {
            return keepsZero ? [with(layout.value.decode(value.prefix(info.valueBytes)), base)] : []
        }
        return Sums.byOwner(copies.map(\.value), guide).map { with($0, base) }
    }

    /// A key decoded, with the names of what it stands for.
    func named(_ key: ArraySlice<UInt8>) -> DumpedEntry { entry(layout.key.decode(key)) }

    private func entry(_ key: DecodedValue) -> DumpedEntry {
        var entry = DumpedEntry(map: guide.name, key: key, value: .opaque(0))
        entry.cgroup = names.cgroup(of: key, guide)
        guard let number = key.unsigned else { return entry }
        if guide.key == .loss { entry.cause = LossCause.all.first { $0.index == Int(number) }?.name }
        if guide.key == .shardedSlot, names.diskShards > 1 { entry.shard = number % names.diskShards }
        return entry
    }

    private func with(_ value: DecodedValue, _ base: DumpedEntry) -> DumpedEntry {
        var entry = base
        entry.value = value
        if entry.cgroup == nil { entry.cgroup = names.cgroup(in: value) }
        if guide.key == .slot, let slot = base.key.unsigned, slot != CgroupNames.otherSlot,
            let owner = value["owner"]?.unsigned, owner != 0
        {
            entry.isOfFormerTenant = names.tenant(ofSlot: slot)?.owner != owner
        }
        return entry
    }
}

/// What CPUs counted for the same owner, added up.
enum Sums {
    /// One value an owner; an owner's fields that neither add up nor have a maximum are left out.
    static func byOwner(_ values: [DecodedValue], _ guide: MapGuide) -> [DecodedValue] {
        var owners: [UInt64] = []
        var sums: [UInt64: DecodedValue] = [:]
        for value in values {
            let owner = value["owner"]?.unsigned ?? 0
            if let sum = sums[owner] {
                sums[owner] = combine(sum, value, guide)
            } else {
                owners.append(owner)
                sums[owner] = combine(nil, value, guide)
            }
        }
        return owners.compactMap { sums[$0] }
    }

    private static func combine(
        _ sum: DecodedValue?, _ value: DecodedValue, _ guide: MapGuide
    ) -> DecodedValue {
        guard case .structure(let fields) = value else { return sum.map { added($0, value) } ?? value }
        return .structure(
            fields.compactMap { name, value in
                let before = sum?[name]
                if name == "owner" { return (name, value) }
                if guide.counters.contains(name) { return (name, before.map { added($0, value) } ?? value) }
                if guide.maxima.contains(name) { return (name, before.map { larger($0, value) } ?? value) }
                return nil
            })
    }

    private static func added(_ left: DecodedValue, _ right: DecodedValue) -> DecodedValue {
        switch (left, right) {
        case (.number(let left), .number(let right)): .number(left &+ right)
        case (.list(let left), .list(let right)) where left.count == right.count:
            .list(zip(left, right).map { added($0, $1) })
        default: right
        }
    }

    private static func larger(_ left: DecodedValue, _ right: DecodedValue) -> DecodedValue {
        (left.unsigned ?? 0) >= (right.unsigned ?? 0) ? left : right
    }
}

internal import CLibBPF
internal import Glibc
internal import HeadroomABI

/// The walk where the kernel has no cgroup iterator (before 6.1): `cpu.stat` and
/// `memory.current` of each cgroup from descriptors kept open, the slots by system call.
///
/// Makes the same records as the walk in the kernel, but for steps of CPU time. About 20 µs a
/// cgroup, against 0.4 there.
/// Follows births and removals in the records of the ring; scans the tree only at start and
/// when an announcement was lost. Keep it on the profiler's thread.
final class FileWalk {
    private struct Entry {
        let id: UInt64
        let directory: String
        let isRoot: Bool
        /// -1 when descriptors ran out: opened for each read then.
        let cpu: CInt
        let memory: CInt
    }

    /// What it reads and writes; descriptors are owned by the object.
    struct Maps {
        let cgroups: CInt
        let freeSlots: CInt
        let facts: CInt
        let cpu: CInt
        let network: CInt
        let disk: CInt
    }

    private let tree: CgroupTree
    private let maps: Maps
    private let configuration: hr_config
    private let countsCPUs: Bool
    private var entries: [Entry] = []
    private var positions: [UInt64: Int] = [:]
    private var spareSlot: UInt32
    private var walks: UInt64 = 0
    private var taskWalks: UInt64 = 0
    /// As `max_walk` in bpf/cpu.bpf.h: waits that end now count for this walk's maxima.
    private var maximaWalk: UInt32 = 0
    private var announcementsLost: UInt64 = 0
    private var copies: [UInt64]
    /// What the last details of a cgroup were made from.
    private var told: [UInt64: UInt64] = [:]
    /// What the limit still lets be kept open; the rest of the agent needs some too.
    private var descriptorsLeft: Int
    /// Cgroups without a slot, each time a walk met one.
    private(set) var slotsMissed: UInt64 = 0

    /// - Parameter countsCPUs: the kernel keeps the sets of CPUs that counted for a slot.
    init(tree: CgroupTree, maps: Maps, configuration: hr_config, countsCPUs: Bool) {
        self.tree = tree
        self.maps = maps
        self.configuration = configuration
        self.countsCPUs = countsCPUs
        spareSlot = configuration.max_slots - 1
        copies = [UInt64](repeating: 0, count: 16 * Int(configuration.cpus))
        descriptorsLeft = Self.raiseDescriptorLimit() - 512
    }

    deinit { for entry in entries { Self.close(entry) } }

    /// Gives slots 1, 2, … to cgroups that are there before the kernel gives any.
    func settle(_ ids: [UInt64]) throws(BPFError) {
        for (index, id) in ids.enumerated() { try settle(id, slot: UInt32(index) + 1) }
    }

    /// Adds every cgroup not known yet. The few that were born between `settle` and the hook
    /// for births get a slot from the far end of the kernel's store.
    func scan() throws(BPFError) {
        var found: [(UInt64, String)] = []
        try tree.scan { found.append(($0, $1)) }
        for (id, path) in found where positions[id] == nil {
            add(id, path: path)
            guard slot(of: id) == nil, spareSlot > configuration.slots_given else { continue }
            var key = spareSlot - 1
            var nobody: UInt32 = 0
            var stored: UInt32 = 0
            guard unsafe bpf_map_lookup_elem(maps.freeSlots, &key, &stored) == 0, stored != 0,
                unsafe bpf_map_update_elem(maps.freeSlots, &key, &nobody, 0) == 0
            else { continue }
            try settle(id, slot: stored)
            spareSlot -= 1
        }
    }

    private func settle(_ id: UInt64, slot: UInt32) throws(BPFError) {
        var id = id
        var slot = slot
        var reference = hr_slot_ref(owner: id, slot: slot, pad: 0)
        var facts = hr_slot()
        facts.owner = id
        guard unsafe bpf_map_update_elem(maps.facts, &slot, &facts, 0) == 0,
            unsafe bpf_map_update_elem(maps.cgroups, &id, &reference, 0) == 0
        else { throw .last("bpf_map_update_elem", "hr_cgroups") }
    }

    // MARK: Records

    /// Looks at a record on its way to the agent.
    func note(_ record: UnsafeRawBufferPointer) {
        guard record.count >= MemoryLayout<UInt32>.size else { return }
        switch unsafe record.loadUnaligned(as: UInt32.self) {
        case HR_KIND_CREATED.rawValue where record.count > HR_CREATED_HEADER:
            let id = unsafe record.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
            let bytes = unsafe record[HR_CREATED_HEADER...].prefix { $0 != 0 }
            if positions[id] == nil { add(id, path: unsafe String(decoding: bytes, as: UTF8.self)) }
        case HR_KIND_REMOVED.rawValue where record.count == MemoryLayout<hr_sample>.size:
            remove(unsafe record.loadUnaligned(as: hr_sample.self).cgroup_id)
        default: break
        }
    }

    /// A task walk ran: figures of resident memory are of this one.
    func tasksWalked() { taskWalks += 1 }

    /// The kernel was told that a walk begins: maxima that `run` tells are of the time from the walk before until now.
    func begun() { maximaWalk &+= 1 }

    /// Hands over one sample a cgroup, parents before children, and an end record. After `begun`.
    ///
    /// - Parameter announcementsLost: births that the ring had no room for, since load.
    func run(
        announcementsLost lost: UInt64, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(BPFError) {
        if lost != announcementsLost {
            announcementsLost = lost
            try scan()
        }
        walks += 1
        let time = UInt64(MonotonicClock.now())
        var gone: [UInt64] = []
        var visited: UInt32 = 0
        for entry in entries {
            var sample = hr_sample()
            sample.kind = HR_KIND_SAMPLE.rawValue
            sample.walk = walks
            sample.time_ns = time
            sample.cgroup_id = entry.id
            var detail = hr_detail()
            guard fill(&sample, &detail, entry) else {
                gone.append(entry.id)
                continue
            }
            visited += 1
            unsafe withUnsafeBytes(of: &sample) { unsafe body($0) }
            if detail.kind != 0 { unsafe withUnsafeBytes(of: &detail) { unsafe body($0) } }
        }
        // Their removal was told of, or will be.
        for id in gone { remove(id) }

        var end = hr_walk_end()
        end.kind = HR_KIND_WALK_END.rawValue
        end.visited = visited
        end.walk = walks
        end.time_ns = time
        end.end_ns = UInt64(MonotonicClock.now())
        end.other.kind = HR_KIND_SAMPLE.rawValue
        end.other.time_ns = time
        var detail = hr_detail()
        addSlots(&end.other, &detail, slot: UInt32(HR_SLOT_OTHER), owner: 0, facts: nil)
        if take(&detail, end.other) { unsafe withUnsafeBytes(of: &detail) { unsafe body($0) } }
        unsafe withUnsafeBytes(of: &end) { unsafe body($0) }
    }

    /// Makes `detail` a record, if the cgroup did something since its last one.
    @discardableResult
    private func take(_ detail: inout hr_detail, _ sample: hr_sample) -> Bool {
        let events =
            sample.net_rx_packets &+ sample.net_tx_packets &+ sample.disk_read_ops
            &+ sample.disk_write_ops
        let worth = UInt64(HR_DETAIL_NS)
        let mark = sample.cpu_usage_ns &+ events &* worth
        let isTurn = (walks &+ sample.cgroup_id) % UInt64(HR_DETAIL_WALKS) == 0
        guard isTurn || mark &- told[sample.cgroup_id, default: 0] >= worth else { return false }
        told[sample.cgroup_id] = mark
        detail.kind = HR_KIND_DETAIL.rawValue
        detail.time_ns = sample.time_ns
        detail.cgroup_id = sample.cgroup_id
        detail.parts |= HR_PART_COUNTS.rawValue
        return true
    }

    /// False when the cgroup is gone.
    private func fill(
        _ sample: inout hr_sample, _ detail: inout hr_detail, _ entry: Entry
    ) -> Bool {
        if entry.isRoot {
            sample.flags = HR_SAMPLE_ROOT.rawValue
        } else {
            guard let stat = Self.cpuStat(entry) else { return false }
            sample.cpu_usage_ns = stat.usage
            stat.fill(&detail)
        }
        var facts: hr_slot?
        if let reference = slot(of: entry.id) {
            facts = self.facts(of: reference)
            addSlots(
                &sample, &detail, slot: reference.slot, owner: reference.owner, facts: facts)
        } else {
            slotsMissed += 1
            sample.flags |= HR_SAMPLE_NO_SLOT.rawValue
        }
        if configuration.memcg_on_v2 != 0 {
            // The root has no such file, nor has a cgroup without the controller.
            let memory =
                entry.isRoot
                ? 0 : Self.number(entry.memory, entry.directory + "/memory.current")
            if let memory {
                sample.memory_bytes = memory
                sample.flags |= HR_SAMPLE_MEMORY_MEMCG.rawValue
            }
        } else if configuration.rss_walk != 0, let facts {
            if facts.walk == taskWalks {
                detail.memory_anon_bytes = UInt64(facts.anon_pages) << configuration.page_shift
                detail.memory_file_bytes = UInt64(facts.file_pages) << configuration.page_shift
            }
            detail.parts |= HR_PART_MEMORY.rawValue
            sample.memory_bytes = detail.memory_anon_bytes + detail.memory_file_bytes
            sample.flags |= HR_SAMPLE_MEMORY_RSS.rawValue
        }
        take(&detail, sample)
        return true
    }

    // MARK: Slots

    private func slot(of id: UInt64) -> hr_slot_ref? {
        var id = id
        var reference = hr_slot_ref()
        return unsafe bpf_map_lookup_elem(maps.cgroups, &id, &reference) == 0 ? reference : nil
    }

    private func facts(of reference: hr_slot_ref) -> hr_slot? {
        var slot = reference.slot
        var facts = hr_slot()
        guard unsafe bpf_map_lookup_elem(maps.facts, &slot, &facts) == 0,
            facts.owner == reference.owner
        else { return nil }
        return facts
    }

    /// Adds the CPUs' counts of a slot; with `facts` only where any CPU counted.
    private func addSlots(
        _ sample: inout hr_sample, _ detail: inout hr_detail, slot: UInt32, owner: UInt64,
        facts: hr_slot?
    ) {
        // Without sets of CPUs every slot is looked at.
        let sets = countsCPUs ? facts : nil
        if sets?.delay_cpus != 0 {
            forEachCopy(maps.cpu, slot, hr_cpu_slot.self) { counts in
                guard counts.owner == owner else { return }
                sample.delay_ns += counts.delay_ns
                sample.delay_count += counts.delay_count
                detail.delay_max_ns = max(detail.delay_max_ns, longestWait(counts))
                Self.add(counts.delay_buckets, to: &detail.delay_buckets)
            }
        }
        if sets?.net_cpus != 0 {
            forEachCopy(maps.network, slot, hr_net_slot.self) { counts in
                guard counts.owner == owner else { return }
                sample.net_rx_bytes += counts.rx_bytes
                sample.net_rx_packets += counts.rx_packets
                sample.net_tx_bytes += counts.tx_bytes
                sample.net_tx_packets += counts.tx_packets
                detail.tcp_retransmits &+= UInt32(truncatingIfNeeded: counts.retransmits)
                detail.tcp_connects &+= UInt32(truncatingIfNeeded: counts.connects)
                detail.tcp_accepts &+= UInt32(truncatingIfNeeded: counts.accepts)
            }
        }
        if facts?.disk_used != 0 {
            for shard in 0..<configuration.disk_shards {
                var index = slot * configuration.disk_shards + shard
                var counts = hr_disk_slot()
                guard unsafe bpf_map_lookup_elem(maps.disk, &index, &counts) == 0 else { continue }
                sample.disk_read_bytes += counts.read_bytes
                sample.disk_read_ops += counts.read_ops
                sample.disk_read_latency_ns += counts.read_latency_ns
                sample.disk_write_bytes += counts.write_bytes
                sample.disk_write_ops += counts.write_ops
                sample.disk_write_latency_ns += counts.write_latency_ns
                detail.disk_read_errors &+= counts.read_errors
                detail.disk_write_errors &+= counts.write_errors
                Self.add(counts.read_buckets, to: &detail.disk_read_buckets)
                Self.add(counts.write_buckets, to: &detail.disk_write_buckets)
            }
        }
    }

    /// As longest_wait in bpf/cpu.bpf.h.
    private func longestWait(_ counts: hr_cpu_slot) -> UInt64 {
        switch maximaWalk &- counts.max_walk {
        case 1: counts.delay_max_ns
        case 0: max(counts.delay_max_ns, UInt64(counts.delay_max_before))
        default: 0
        }
    }

    /// Adds arrays of counters that C declares, bucket by bucket.
    private static func add<Buckets: BitwiseCopyable>(_ counts: Buckets, to sums: inout Buckets) {
        unsafe withUnsafeBytes(of: counts) { counts in
            unsafe withUnsafeMutableBytes(of: &sums) { sums in
                let counts = unsafe counts.bindMemory(to: UInt32.self)
                let sums = unsafe sums.bindMemory(to: UInt32.self)
                for bucket in sums.indices { unsafe sums[bucket] &+= counts[bucket] }
            }
        }
    }

    private func forEachCopy<Counts: BitwiseCopyable>(
        _ map: CInt, _ slot: UInt32, _: Counts.Type, _ body: (Counts) -> Void
    ) {
        var slot = slot
        precondition(
            MemoryLayout<Counts>.stride <= 128, "a slot of \(MemoryLayout<Counts>.stride) bytes")
        guard unsafe bpf_map_lookup_elem(map, &slot, &copies) == 0 else { return }
        unsafe copies.withUnsafeBytes { raw in
            for cpu in 0..<Int(configuration.cpus) {
                let offset = cpu * MemoryLayout<Counts>.stride
                body(unsafe raw.loadUnaligned(fromByteOffset: offset, as: Counts.self))
            }
        }
    }

    // MARK: Cgroups

    private func add(_ id: UInt64, path: String) {
        let isRoot = path == "/"
        let directory = tree.mountPoint + (isRoot ? "" : path)
        let memory = configuration.memcg_on_v2 != 0 && !isRoot
        positions[id] = entries.count
        entries.append(
            Entry(
                id: id, directory: directory, isRoot: isRoot,
                cpu: isRoot ? -1 : keepOpen(directory + "/cpu.stat"),
                memory: memory ? keepOpen(directory + "/memory.current") : -1))
    }

    private func keepOpen(_ path: String) -> CInt {
        guard descriptorsLeft > 0 else { return -1 }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        if descriptor >= 0 { descriptorsLeft -= 1 }
        return descriptor
    }

    /// Keeps the order, parents first; removals are rare beside walks.
    private func remove(_ id: UInt64) {
        told[id] = nil
        guard let position = positions.removeValue(forKey: id) else { return }
        let entry = entries.remove(at: position)
        descriptorsLeft += (entry.cpu >= 0 ? 1 : 0) + (entry.memory >= 0 ? 1 : 0)
        Self.close(entry)
        for index in position..<entries.count { positions[entries[index].id] = index }
    }

    private static func close(_ entry: Entry) {
        if entry.cpu >= 0 { Glibc.close(entry.cpu) }
        if entry.memory >= 0 { Glibc.close(entry.memory) }
    }

    /// Nil when the cgroup is gone.
    private static func cpuStat(_ entry: Entry) -> CPUStat? {
        unsafe read(entry.cpu, entry.directory + "/cpu.stat") { text in
            unsafe text.isEmpty ? nil : CPUStat(text)
        }
    }

    /// The number that a file consists of; nil when it cannot be read.
    private static func number(_ kept: CInt, _ path: String) -> UInt64? {
        unsafe read(kept, path) { text in
            var at = 0
            return unsafe text.isEmpty ? nil : StatFile.number(text, &at)
        }
    }

    /// Hands over a file's text, from its kept descriptor if there is one; nil without the file.
    private static func read<Result>(
        _ kept: CInt, _ path: String, _ body: (UnsafeRawBufferPointer) -> Result?
    ) -> Result? {
        let descriptor = kept >= 0 ? kept : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { if kept < 0 { Glibc.close(descriptor) } }
        return unsafe StatFile.read(descriptor, body)
    }

    /// The number of descriptors this process may have now.
    private static func raiseDescriptorLimit() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0 else { return 1024 }
        for hard in [max(limit.rlim_max, 1 << 20), limit.rlim_max] {
            var wanted = rlimit(rlim_cur: hard, rlim_max: hard)
            if unsafe setrlimit(resource, &wanted) == 0 { return Int(clamping: hard) }
        }
        return Int(clamping: limit.rlim_cur)
    }
}

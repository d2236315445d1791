internal import CLibBPF
internal import Glibc
internal import HeadroomABI

/// The kernel side at work: programs loaded and attached, walks on demand, records to drain.
///
/// Owns every descriptor; destroying it detaches and frees everything, and so does the end
/// of the process. Not thread-safe: keep it on the agent's thread.
package final class Profiler {
    // Declared so that links and iterators go before the object they belong to.
    private var links: [OwnedLink] = []
    private var tierLinks: [ProbeTier: [OwnedLink]] = [:]
    /// Programs of each tier that this kernel took.
    private let tierPrograms: [ProbeTier: [String]]
    /// Tiers that measure nothing here: switched off by option, or this kernel has them not.
    package let absentTiers: Set<ProbeTier>
    /// One of these two walks.
    private let cgroupWalk: BPFIterator?
    private let fileWalk: FileWalk?
    private let taskWalk: BPFIterator?
    private let ring: RingBuffer
    private let object: BPFObject
    private let root: RootFiles
    private var rootID: UInt64 = 0
    /// Details that only files tell; nil where there are none.
    private let detailFiles: DetailFiles?
    private let triggers: [OwnedTrigger]
    /// The kernel tells an OOM kill's victim by pid only.
    private let looksVictimsUp: Bool
    private let lossMap: CInt
    private let walkFromMap: CInt
    /// What `hr_walk_from` holds.
    private var walkStart: UInt32 = 0
    package let tree: CgroupTree
    package let sources: [MetricSource]

    /// Loads and attaches. Takes 50 to 150 ms, most of it the kernel's BTF.
    package init(configuration: ProfilerConfiguration) throws(BPFError) {
        let tree = try CgroupTree()
        let features = try KernelFeatures()
        var early: [UInt64] = []
        func makePlan(walkRefusal: String?) throws(BPFError) -> SourcePlan {
            var plan = SourcePlan(
                features: features, tree: tree, configuration: configuration,
                walkRefusal: walkRefusal, cpus: MapInfo.possibleCPUs, pageShift: Self.pageShift)
            if plan.kernel.user_walk != 0 {
                try tree.scan { id, _ in early.append(id) }
                early = Array(early.prefix(configuration.maxCgroups - 1))
                plan.giveSlots(early.count)
            }
            return plan
        }
        var plan = try makePlan(walkRefusal: nil)
        object = try Self.load(&plan, configuration) { reason throws(BPFError) in
            try makePlan(walkRefusal: reason)
        }
        self.tree = tree
        sources = plan.sources

        if plan.kernel.slot_mode == HR_SLOTS_HASH.rawValue {
            try Self.fillFreeSlots(object, count: configuration.maxCgroups)
        }
        var tierPrograms: [ProbeTier: [String]] = [:]
        for tier in ProbeTier.allCases {
            tierPrograms[tier] = tier.programs.filter(plan.programs.contains)
        }
        self.tierPrograms = tierPrograms
        absentTiers = Set(
            ProbeTier.allCases.filter { !plan.programs.isSuperset(of: $0.indispensable) })
        let directory = try Self.openDirectory(tree.mountPoint)
        defer { close(directory) }

        root = try RootFiles(tree: tree)
        detailFiles =
            plan.fileParts != 0
            ? try DetailFiles(tree: tree, parts: plan.fileParts, maxCgroups: configuration.maxCgroups) : nil
        triggers = Self.pressureTriggers(configuration)
        looksVictimsUp = plan.programs.contains("hr_on_oom_pid")
        lossMap = try object.mapDescriptor("hr_losses")
        walkFromMap = try object.mapDescriptor("hr_walk_from")
        ring = try RingBuffer(
            descriptor: try object.mapDescriptor("hr_records"),
            byteCount: configuration.effectiveRingBytes, name: "hr_records")
        fileWalk =
            plan.kernel.user_walk != 0
            ? FileWalk(
                tree: tree, maps: try Self.walkMaps(object), configuration: plan.kernel,
                countsCPUs: plan.keepsCPUSets) : nil
        cgroupWalk =
            fileWalk == nil
            ? try object.cgroupIterator("hr_walk_cgroups", root: directory) : nil
        taskWalk =
            plan.programs.contains("hr_walk_tasks") ? try object.taskIterator("hr_walk_tasks") : nil

        if plan.programs.contains("hr_learn_cpu") {
            for cpu in 0..<Int(plan.kernel.cpus) { try object.run("hr_learn_cpu", onCPU: cpu) }
        }
        try fileWalk?.settle(early)

        // Births first, then a walk that gives every older cgroup its slot, and only then
        // the hooks that count into slots.
        for program in ["hr_on_mkdir", "hr_on_rmdir", "hr_on_oom_pid", "hr_on_oom_task"]
        where plan.programs.contains(program) {
            links.append(OwnedLink(try object.attach(program)))
        }
        try cgroupWalk?.run()
        try fileWalk?.scan()
        for tier in ProbeTier.allCases { try attach(tier, root: directory) }
    }

    // MARK: Tiers

    /// Takes a tier's hooks off; what it counted so far stays.
    package func shed(_ tier: ProbeTier) { tierLinks[tier] = nil }

    /// Tiers with a program that another process has detached. The kernel lets that be done to programs at a cgroup
    /// alone, the packets' ones: two system calls.
    package func detachedTiers() -> [ProbeTier] {
        ProbeTier.allCases.filter { tier in (tierLinks[tier] ?? []).contains { $0.isDetached } }
    }

    /// Puts a tier's hooks back.
    package func restore(_ tier: ProbeTier) throws(BPFError) {
        guard tierLinks[tier] == nil else { return }
        if tier == .runQueueDelay { try forgetRunning() }
        let directory = try Self.openDirectory(tree.mountPoint)
        defer { close(directory) }
        try attach(tier, root: directory)
    }

    /// What ran where when the switch hook was taken off has long since stopped: until a CPU's next switch its time is nobody's.
    private func forgetRunning() throws(BPFError) {
        let map = try object.mapDescriptor("hr_running")
        let nobody = [UInt8](repeating: 0, count: MemoryLayout<hr_running>.stride * MapInfo.possibleCPUs)
        var key: UInt32 = 0
        guard unsafe bpf_map_update_elem(map, &key, nobody, 0) == 0 else {
            throw .last("bpf_map_update_elem", "hr_running")
        }
    }

    private func attach(_ tier: ProbeTier, root directory: CInt) throws(BPFError) {
        var attached: [OwnedLink] = []
        for program in tierPrograms[tier] ?? [] {
            let isAtCgroup = program == "hr_on_ingress" || program == "hr_on_egress"
            attached.append(OwnedLink(try attach(program, root: directory), isAtCgroup: isAtCgroup))
        }
        tierLinks[tier] = attached.isEmpty ? nil : attached
    }

    private func attach(_ program: String, root directory: CInt) throws(BPFError) -> BPFLink {
        guard program == "hr_on_ingress" || program == "hr_on_egress" else { return try object.attach(program) }
        guard let attacher else { return try object.attach(program, cgroup: directory) }
        let link = attacher(try object.programDescriptor(program), directory, program == "hr_on_egress")
        guard link >= 0 else { throw .last("BPF_LINK_CREATE", program) }
        return BPFLink(owning: link)
    }

    /// Attaches programs to cgroups, as `CgroupAttachment` does, once this process lacks CAP_NET_ADMIN.
    package var attacher: ((_ program: CInt, _ directory: CInt, _ isEgress: Bool) -> CInt)?

    /// What a walk and a look at the maps take: whether this process still may, after it gave rights up.
    package func mayGoOn() -> Bool {
        do throws(BPFError) {
            _ = try losses()
            try cgroupWalk?.open()
            return true
        } catch {
            return !error.isPermission
        }
    }

    private static func openDirectory(_ path: String) throws(BPFError) -> CInt {
        let directory = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .last("open", path) }
        return directory
    }

    /// False on kernels without a cgroup iterator, where user space reads files instead.
    package var walksInKernel: Bool { fileWalk == nil }

    /// To wait on with epoll: readable when events fill half the ring.
    package var ringDescriptor: CInt { ring.descriptor }

    /// Walks every task (where RSS stands in for memcg) and every cgroup, and hands over every
    /// record there is: events that waited, one sample a cgroup, and an end record.
    ///
    /// A ring too small for a whole walk is drained and filled as often as it takes. The bytes
    /// are valid during the call of `body` only.
    /// - Returns: the number of records.
    @discardableResult
    package func walk(_ body: (UnsafeRawBufferPointer) -> Void) throws(BPFError) -> Int {
        var records = 0
        var time: UInt64 = 0
        func pass(_ record: UnsafeRawBufferPointer) {
            records += 1
            unsafe note(record, &time)
            unsafe tell(record, body)
        }
        if let fileWalk {
            unsafe try walkFiles(fileWalk, pass)
        } else {
            unsafe try walkInKernel(pass)
        }
        unsafe detailFiles?.walked(timeNanoseconds: time, pass)
        if rootID != 0 {
            var detail = root.detail(id: rootID, timeNanoseconds: time)
            unsafe withUnsafeBytes(of: &detail) { unsafe pass($0) }
        }
        return records
    }

    private func walkInKernel(_ body: (UnsafeRawBufferPointer) -> Void) throws(BPFError) {
        try taskWalk?.run()
        var samples: UInt32 = 0
        var passes = 0
        while true {
            try cgroupWalk?.run()
            var isComplete = false
            let drained = unsafe ring.drain { record in
                if record.count >= 4 {
                    switch unsafe record.loadUnaligned(as: UInt32.self) {
                    case HR_KIND_SAMPLE.rawValue: samples += 1
                    case HR_KIND_WALK_END.rawValue: isComplete = true
                    default: break
                    }
                }
                unsafe body(record)
            }
            passes += 1
            // A ring kept full by births and deaths gives way to a later tick.
            if isComplete || drained == 0 || passes == Self.maximumPasses { break }
            try setWalkStart(samples)
        }
        try setWalkStart(0)
    }

    /// Looks at a record on its way: whose files are due, and which cgroup is the root.
    private func note(_ record: UnsafeRawBufferPointer, _ time: inout UInt64) {
        guard record.count >= 32 else { return }
        switch unsafe record.loadUnaligned(as: UInt32.self) {
        case HR_KIND_SAMPLE.rawValue where rootID == 0:
            let sample = unsafe record.loadUnaligned(as: hr_sample.self)
            if sample.flags & HR_SAMPLE_ROOT.rawValue != 0 { rootID = sample.cgroup_id }
        case HR_KIND_DETAIL.rawValue:
            let parts = unsafe record.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
            if parts & HR_PART_COUNTS.rawValue != 0 {
                let id = unsafe record.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
                if id != rootID { detailFiles?.changed(id) }
            }
        case HR_KIND_REMOVED.rawValue:
            detailFiles?.removed(unsafe record.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
        case HR_KIND_WALK_END.rawValue:
            time = unsafe record.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        default: break
        }
    }

    /// Hands a record over; an OOM kill told by pid gets the victim's cgroup first.
    private func tell(_ record: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        if looksVictimsUp, record.count == MemoryLayout<hr_event>.size,
            unsafe record.loadUnaligned(as: UInt32.self) == HR_KIND_EVENT.rawValue
        {
            var event = unsafe record.loadUnaligned(as: hr_event.self)
            if event.what == HR_EVENT_OOM_KILL.rawValue,
                let id = tree.cgroupID(ofProcess: event.value)
            {
                event.cgroup_id = id
                return unsafe withUnsafeBytes(of: &event) { unsafe body($0) }
            }
        }
        unsafe body(record)
    }

    /// More than a ring of one page needs for 100 000 cgroups.
    private static let maximumPasses = 5000

    /// One pass, nothing drained: to measure what a walk costs.
    package func walk() throws(BPFError) {
        if let fileWalk {
            _ = unsafe try walkFiles(fileWalk) { _ in }
            return
        }
        try taskWalk?.run()
        try cgroupWalk?.run()
    }

    /// As `walk`, where user space walks.
    private func walkFiles(
        _ fileWalk: FileWalk, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(BPFError) {
        try taskWalk?.run()
        fileWalk.tasksWalked()
        // What waits in the ring, then removals that found it full, as often as it takes.
        while true {
            try object.run("hr_give_late")
            let drained = unsafe ring.drain { record in
                unsafe fileWalk.note(record)
                unsafe body(record)
            }
            if drained == 0 { break }
        }
        try object.run("hr_begin_walk")
        fileWalk.begun()
        let lost = try losses()[Int(HR_LOSS_CREATED_RING_FULL.rawValue)]
        try unsafe fileWalk.run(announcementsLost: lost) { unsafe body($0) }
    }

    private func setWalkStart(_ samples: UInt32) throws(BPFError) {
        guard samples != walkStart else { return }
        defer { walkStart = samples }
        var key: UInt32 = 0
        var value = samples
        guard unsafe bpf_map_update_elem(walkFromMap, &key, &value, 0) == 0 else {
            throw .last("bpf_map_update_elem", "hr_walk_from")
        }
    }

    /// Hands over every record that waits, without a walk; the bytes are valid during the call
    /// only.
    @discardableResult
    package func drain(_ body: (UnsafeRawBufferPointer) -> Void) -> Int {
        var time: UInt64 = 0
        return unsafe ring.drain { record in
            unsafe fileWalk?.note(record)
            unsafe note(record, &time)
            unsafe tell(record, body)
        }
    }

    // MARK: Pressure

    /// To poll for POLLPRI: the host stalls on memory or I/O.
    package var alarmDescriptors: [CInt] { triggers.map(\.descriptor) }

    /// Hands over the alarm of the descriptor at `index`, as an event of the root, if none was told
    /// in the last ten seconds.
    package func alarm(at index: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
        let now = UInt64(MonotonicClock.now())
        guard var event = triggers[index].event(rootID: rootID, timeNanoseconds: now) else { return }
        unsafe withUnsafeBytes(of: &event) { unsafe body($0) }
    }

    /// None where the kernel keeps no pressure or refuses: `doctor` tells.
    private static func pressureTriggers(_ configuration: ProfilerConfiguration) -> [OwnedTrigger] {
        guard let threshold = configuration.stallNanoseconds else { return [] }
        let wanted = [
            ("/proc/pressure/memory", HR_EVENT_STALL_MEMORY), ("/proc/pressure/io", HR_EVENT_STALL_IO),
        ]
        return wanted.compactMap { file, what in
            guard
                let trigger = try? PressureTrigger(
                    file: file, what: what, threshold: min(threshold, 1_000_000_000))
            else { return nil }
            return OwnedTrigger(trigger)
        }
    }

    /// CPU time of the whole host in nanoseconds.
    package func rootUsageNanoseconds() throws(BPFError) -> UInt64 {
        try root.usageNanoseconds()
    }

    /// Losses by cause since load, indexed by `hr_loss`.
    package func losses() throws(BPFError) -> [UInt64] {
        var counts: [UInt64] = []
        for cause in 0..<UInt32(HR_LOSS_COUNT.rawValue) {
            var key = cause
            var value: UInt64 = 0
            guard unsafe bpf_map_lookup_elem(lossMap, &key, &value) == 0 else {
                throw .last("bpf_map_lookup_elem", "hr_losses")
            }
            counts.append(value)
        }
        counts[Int(HR_LOSS_SLOT_OVERFLOW.rawValue)] += fileWalk?.slotsMissed ?? 0
        return counts
    }

    /// Kernel ids of our maps and programs, by name, for other processes to look at.
    package var mapIDs: [(name: String, id: UInt32)] { object.mapIDs() }
    package var programIDs: [(name: String, id: UInt32)] { object.programIDs() }
    /// Valid as long as the profiler.
    package var programDescriptors: [(name: String, descriptor: CInt)] { object.programDescriptors() }

    private static var pageShift: UInt32 {
        UInt32(sysconf(Int32(_SC_PAGESIZE)).trailingZeroBitCount)
    }

    /// Loads the object, leaving out what the kernel refuses. Without its own walk the kernel
    /// gets the plan that `walkingFiles` makes of its complaint.
    private static func load(
        _ plan: inout SourcePlan, _ configuration: ProfilerConfiguration,
        walkingFiles: (String) throws(BPFError) -> SourcePlan
    ) throws(BPFError) -> BPFObject {
        let image = ProbeImage()
        if !plan.keepsCPUSets { image.useOldAtomics() }
        while true {
            var object = try BPFObject(image: image, name: "headroom")
            try object.setConfiguration(plan.kernel)
            let slots = configuration.maxCgroups
            for map in [
                "hr_cgroups", "hr_free_slots", "hr_cpu_slots", "hr_net_slots", "hr_slots",
                "hr_steps",
            ] {
                try object.setMaxEntries(slots, of: map)
            }
            try object.setMaxEntries(slots * Int(plan.kernel.disk_shards), of: "hr_disk_slots")
            try object.setMaxEntries(configuration.effectiveRingBytes, of: "hr_records")
            try object.setMaxEntries(Int(plan.kernel.cpus), of: "hr_cpu_offsets")
            for program in object.programNames where !plan.programs.contains(program) {
                try object.exclude(program)
            }
            for program in configuration.spoiledPrograms.intersection(plan.programs) {
                try object.spoil(program)
            }
            do throws(BPFError) {
                try object.load()
                return object
            } catch {
                guard !error.isPermission, let refused = refusedProgram(in: error.log),
                    plan.programs.contains(refused)
                else { throw error }
                let reason = verdict(in: error.log) ?? "errno \(error.code)"
                if refused == "hr_walk_cgroups" {
                    let refusals = plan.refusals
                    plan = try walkingFiles(reason)
                    for (program, reason) in refusals { plan.refuse(program, because: reason) }
                } else {
                    plan.refuse(refused, because: reason)
                }
            }
        }
    }

    /// The program that libbpf names in `libbpf: prog 'NAME': failed to load: -22`.
    private static func refusedProgram(in log: [String]) -> String? {
        for line in log.reversed() where line.contains("failed to load") {
            let parts = line.split(separator: "'")
            if parts.count >= 2, parts[0].hasSuffix("prog ") { return String(parts[1]) }
        }
        return nil
    }

    /// The verifier's complaint: the line before its statistics.
    private static func verdict(in log: [String]) -> String? {
        guard let statistics = log.lastIndex(where: { $0.hasPrefix("processed ") }), statistics > 0
        else { return log.last }
        return log[statistics - 1]
    }

    private static func walkMaps(_ object: borrowing BPFObject) throws(BPFError) -> FileWalk.Maps {
        FileWalk.Maps(
            cgroups: try object.mapDescriptor("hr_cgroups"),
            freeSlots: try object.mapDescriptor("hr_free_slots"),
            facts: try object.mapDescriptor("hr_slots"),
            cpu: try object.mapDescriptor("hr_cpu_slots"),
            network: try object.mapDescriptor("hr_net_slots"),
            disk: try object.mapDescriptor("hr_disk_slots"))
    }

    private static func fillFreeSlots(_ object: borrowing BPFObject, count: Int) throws(BPFError) {
        let map = try object.mapDescriptor("hr_free_slots")
        for index in 0..<(UInt32(count) - 1) {
            var key = index
            var slot = index + 1
            guard unsafe bpf_map_update_elem(map, &key, &slot, 0) == 0 else {
                throw .last("bpf_map_update_elem", "hr_free_slots")
            }
        }
    }
}

/// A box for a trigger, so that triggers can stand in an array.
private final class OwnedTrigger {
    private let trigger: PressureTrigger
    private var lastTold: UInt64 = 0
    /// A host that stalls all the time is told of once in so many nanoseconds.
    private static let pause: UInt64 = 10_000_000_000
    var descriptor: CInt { trigger.descriptor }
    init(_ trigger: consuming PressureTrigger) { self.trigger = trigger }

    func event(rootID: UInt64, timeNanoseconds: UInt64) -> hr_event? {
        guard lastTold == 0 || timeNanoseconds >= lastTold + Self.pause else { return nil }
        lastTold = timeNanoseconds
        return trigger.event(rootID: rootID, timeNanoseconds: timeNanoseconds)
    }
}

/// A box for a link, so that links can stand in an array.
private final class OwnedLink {
    private let link: BPFLink
    private let isAtCgroup: Bool

    init(_ link: consuming BPFLink, isAtCgroup: Bool = false) {
        self.link = link
        self.isAtCgroup = isAtCgroup
    }

    var isDetached: Bool { isAtCgroup && link.isDetachedFromCgroup }
}

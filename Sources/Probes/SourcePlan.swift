internal import HeadroomABI

/// Which sources serve which metric on this host: decided once, from BTF and the cgroup
/// tree, before anything is loaded.
struct SourcePlan: Sendable {
    private(set) var kernel = hr_config()
    private(set) var programs: Set<String> = []
    private(set) var sources: [MetricSource] = []
    /// What only files tell here, of `hr_detail_parts`.
    private(set) var fileParts: UInt32 = 0
    /// Programs that the kernel refused, and its words.
    private(set) var refusals: [(program: String, reason: String)] = []
    /// The programs keep sets of the CPUs that counted for a slot.
    let keepsCPUSets: Bool

    /// How many cgroups are there before load, which the walk in user space gives slots to.
    mutating func giveSlots(_ count: Int) { kernel.slots_given = UInt32(count) }

    init(
        features: KernelFeatures,
        tree: CgroupTree,
        configuration: ProfilerConfiguration,
        walkRefusal: String?,
        cpus: Int,
        pageShift: UInt32
    ) {
        kernel.max_slots = UInt32(configuration.maxCgroups)
        kernel.cpus = UInt32(cpus)
        kernel.page_shift = pageShift
        kernel.event_wakeup_bytes = UInt32(configuration.effectiveRingBytes / 2)
        let walksInUserSpace =
            !features.cgroupIterator || configuration.forceFileWalk || walkRefusal != nil
        kernel.user_walk = walksInUserSpace ? 1 : 0
        kernel.percpu_lookup = features.percpuLookup && !configuration.forceFileWalk ? 1 : 0
        keepsCPUSets = features.allAtomics
        kernel.slot_mode =
            tree.hasPerfEvent && !configuration.forceHashSlots && !walksInUserSpace
            ? HR_SLOTS_CSS_ID.rawValue : HR_SLOTS_HASH.rawValue
        kernel.disk_shards = UInt32(MapInfo.diskShards(cpus))
        kernel.cpu_on_v2 = tree.controllers.contains("cpu") ? 1 : 0
        kernel.pressure = features.cgroupPressure && tree.hasPressure ? 1 : 0
        planCPU(features, configuration, walkRefusal)
        planThrottling(tree)
        planPressure(features, tree)
        planMemory(tree)
        planOOM(features)
        planNetwork(features, configuration)
        planDisk(features, tree, configuration)
        planLifecycle(features)
        let memory = tree.controllers.contains("memory")
        if memory { fileParts |= HR_PART_MEMORY_STAT.rawValue }
        if walksInUserSpace {
            if memory { fileParts |= HR_PART_LIMITS.rawValue }
            if kernel.cpu_on_v2 != 0 { fileParts |= HR_PART_CPU_LIMIT.rawValue }
        }
        if tree.hasPressure, walksInUserSpace || kernel.pressure == 0 {
            fileParts |= HR_PART_PRESSURE.rawValue
        }
    }

    /// Notes that the kernel refused a program that BTF had promised.
    mutating func refuse(_ program: String, because reason: String) {
        refusals.append((program, reason))
        programs.remove(program)
        if program == "hr_on_switch" { lose("cpu peaks", because: "\(program) was refused") }
        if let metric = MetricSource.metric(ofProgram: program) {
            lose(metric, because: "\(program) was refused: \(reason)")
        }
    }

    private mutating func lose(_ metric: String, because reason: String) {
        guard let at = sources.firstIndex(where: { $0.metric == metric }) else { return }
        sources[at] = MetricSource(
            metric: metric, source: "", reason: reason, blindSpot: "everything",
            advice: "report this kernel")
    }

    private mutating func planCPU(
        _ features: KernelFeatures, _ configuration: ProfilerConfiguration, _ walkRefusal: String?
    ) {
        let flush: hr_flush_mode =
            if features.cssFlush {
                HR_FLUSH_CSS
            } else if features.cgroupFlush {
                HR_FLUSH_CGROUP
            } else {
                HR_FLUSH_NONE
            }
        kernel.flush_mode = flush.rawValue
        if kernel.user_walk == 0 { programs.insert("hr_walk_cgroups") }
        // Run by request; only walks in user space ask.
        if kernel.user_walk != 0 { programs.formUnion(["hr_begin_walk", "hr_give_late"]) }
        if kernel.percpu_lookup == 0 { programs.insert("hr_learn_cpu") }
        let call = flush == HR_FLUSH_CSS ? "css_rstat_flush" : "cgroup_rstat_flush"
        sources.append(
            kernel.user_walk == 0
                ? MetricSource(
                    metric: "cpu usage", source: "iter.s/cgroup with one \(call)",
                    reason: "primary source; the figure of cpu.stat in ns",
                    blindSpot: "a running task's time since the scheduler last charged it (< 1 tick)",
                    advice: "")
                : MetricSource(
                    metric: "cpu usage", source: "cpu.stat of each cgroup, kept open",
                    reason: walkRefusal.map { "hr_walk_cgroups was refused: \($0)" }
                        ?? (features.cgroupIterator
                            ? "asked for" : "this kernel has no iter/cgroup, so user space walks"),
                    blindSpot: "what is under 1 us; costs some 20 us a cgroup and walk",
                    advice: walkRefusal == nil
                        ? "use kernel 6.1 or later for a walk 50 times cheaper"
                        : "report this kernel"))
        sources.append(
            MetricSource(
                metric: "cpu user, system",
                source: kernel.user_walk == 0
                    ? "rstat sums, scaled as cpu.stat scales them" : "cpu.stat of each cgroup",
                reason: "primary source",
                blindSpot: "the split is by timer tick: a load in step with it is misjudged, as in cpu.stat",
                advice: ""))
        if !configuration.runQueueDelay {
            addDisabled("run-queue delay")
            addDisabled("cpu peaks", option: "--no-run-queue-delay")
        } else if features.tracepoints["sched_switch"] == true, features.runQueueClock {
            programs.insert("hr_on_switch")
            sources.append(
                MetricSource(
                    metric: "run-queue delay", source: "tp_btf/sched_switch, one hook",
                    reason: kernel.slot_mode == HR_SLOTS_CSS_ID.rawValue
                        ? "primary source; slots by css id"
                        : kernel.user_walk != 0
                            ? "slots by hash: user space walks"
                            : "slots by hash: perf_event is not on the v2 tree",
                    blindSpot: "waits left by migration; tasks that never get to run", advice: ""))
            kernel.stall_ns = configuration.stallNanoseconds ?? .max
            planBursts(features, configuration)
        } else {
            sources.append(
                MetricSource(
                    metric: "run-queue delay", source: "",
                    reason: "no BTF for sched_switch or struct cfs_rq", blindSpot: "everything",
                    advice: "use a kernel with CONFIG_FAIR_GROUP_SCHED and CONFIG_SCHED_INFO"))
        }
    }

    private mutating func planBursts(
        _ features: KernelFeatures, _ configuration: ProfilerConfiguration
    ) {
        let reason: String? =
            if kernel.user_walk != 0 {
                "needs the walk in the kernel, 6.1 or later"
            } else if !configuration.bursts {
                "windows are longer than the 1.1 s for which steps are kept, or it was switched off"
            } else {
                nil
            }
        kernel.bursts = reason == nil ? 1 : 0
        if reason == nil, features.tracepoints["cgroup_attach_task"] == true {
            programs.insert("hr_on_attach")
        }
        sources.append(
            MetricSource(
                metric: "cpu peaks",
                source: reason == nil ? "tp_btf/sched_switch, CPU time by steps of 10 ms" : "",
                reason: reason ?? "primary source; exact over the cgroup's subtree",
                blindSpot: reason == nil
                    ? "peaks across two windows; a task moved while it runs, until it switches"
                    : "everything",
                advice: reason == nil ? "" : "use --interval 1 or shorter on kernel 6.1 or later"))
    }

    private mutating func planThrottling(_ tree: CgroupTree) {
        guard tree.controllers.contains("cpu") else {
            sources.append(
                MetricSource(
                    metric: "throttling", source: "", reason: "no cpu controller on the v2 tree",
                    blindSpot: "everything",
                    advice: "boot with systemd.unified_cgroup_hierarchy=1"))
            return
        }
        sources.append(
            MetricSource(
                metric: "throttling",
                source: kernel.user_walk == 0
                    ? "the group's bandwidth, through the walk; onset by tp_btf/sched_switch"
                    : "cpu.stat and cpu.max; onset by tp_btf/sched_switch",
                reason: "primary source; the figures of cpu.stat",
                blindSpot: "onset while every task of the group sleeps is told at its next throttling",
                advice: ""))
    }

    private mutating func planPressure(_ features: KernelFeatures, _ tree: CgroupTree) {
        guard tree.hasPressure else {
            sources.append(
                MetricSource(
                    metric: "pressure", source: "", reason: "this kernel keeps no PSI for cgroups",
                    blindSpot: "everything", advice: "boot with psi=1"))
            return
        }
        let comesWithTheWalk = kernel.pressure != 0 && kernel.user_walk == 0
        sources.append(
            MetricSource(
                metric: "pressure",
                source: comesWithTheWalk ? "the kernel's totals, through the walk" : "*.pressure files, in turn",
                reason: kernel.pressure != 0 ? "primary source" : "no pointer to it in struct cgroup",
                blindSpot: "totals are added up by the kernel every 2 s; shares are of that time"
                    + (comesWithTheWalk ? "" : "; " + Self.filesInTurn("they")),
                advice: ""))
    }

    /// How old what `DetailFiles` reads may be.
    private static func filesInTurn(_ what: String) -> String {
        "\(what) are up to \(FileTurns.pause) walks old, more when over \(FileTurns.cgroupsPerWalk) cgroups a walk did something"
    }

    private mutating func planOOM(_ features: KernelFeatures) {
        guard features.tracepoints["mark_victim"] == true else {
            sources.append(
                MetricSource(
                    metric: "oom kills", source: "", reason: "no BTF for mark_victim",
                    blindSpot: "the moment; memory.events still counts them", advice: ""))
            return
        }
        programs.insert(features.namesVictim ? "hr_on_oom_task" : "hr_on_oom_pid")
        sources.append(
            MetricSource(
                metric: "oom kills", source: "tp_btf/mark_victim, at once",
                reason: "primary source",
                blindSpot: features.namesVictim
                    ? "" : "a victim gone before it is looked up counts for who asked for memory",
                advice: ""))
    }

    private mutating func planMemory(_ tree: CgroupTree) {
        if tree.controllers.contains("memory") {
            kernel.memcg_on_v2 = 1
            sources.append(
                MetricSource(
                    metric: "memory",
                    source: kernel.user_walk == 0
                        ? "memcg usage, through the walk" : "memory.current, kept open",
                    reason: "primary source; the figure of memory.current",
                    blindSpot: "cgroups without the memory controller count for their parent",
                    advice: ""))
            sources.append(
                MetricSource(
                    metric: "memory detail",
                    source: kernel.user_walk == 0
                        ? "limit, events through the walk; memory.stat of changed cgroups in turn"
                        : "memory.max, memory.events, memory.stat in turn",
                    reason: "primary source; the kernel's index into memory.stat is not in BTF",
                    blindSpot: Self.filesInTurn(
                        kernel.user_walk == 0 ? "anon, file, kernel and faults" : "all of these"), advice: ""))
        } else {
            kernel.rss_walk = 1
            programs.insert("hr_walk_tasks")
            sources.append(
                MetricSource(
                    metric: "memory", source: "RSS of the cgroup's tasks, iter/task",
                    reason: "no memory controller on the v2 tree",
                    blindSpot: "page cache, kernel memory; shared pages count once a process",
                    advice: "boot with systemd.unified_cgroup_hierarchy=1 for memcg figures"))
            sources.append(
                MetricSource(
                    metric: "memory detail", source: "anon and file pages of tasks, iter/task",
                    reason: "no memory controller on the v2 tree",
                    blindSpot: "limit, kernel memory, faults, refaults, events",
                    advice: "boot with systemd.unified_cgroup_hierarchy=1 for memcg figures"))
        }
    }

    private mutating func planNetwork(
        _ features: KernelFeatures, _ configuration: ProfilerConfiguration
    ) {
        guard configuration.network else {
            for metric in ["network", "tcp retransmits", "tcp connections"] {
                addDisabled(metric, option: "--no-network")
            }
            return
        }
        programs.formUnion(["hr_on_ingress", "hr_on_egress"])
        sources.append(
            MetricSource(
                metric: "network", source: "cgroup_skb at the root, both directions",
                reason: "primary source",
                blindSpot: "packets without a local socket; link-layer headers", advice: ""))
        planTCP(
            features, "tcp retransmits", hook: "tcp_retransmit_skb", program: "hr_on_retransmit",
            blindSpot: "segments that the other side sends again")
        planTCP(
            features, "tcp connections", hook: "inet_sock_set_state", program: "hr_on_tcp_state",
            blindSpot: "connections that were not established; Unix sockets")
    }

    private mutating func planTCP(
        _ features: KernelFeatures, _ metric: String, hook: String, program: String,
        blindSpot: String
    ) {
        let isThere = features.tracepoints[hook] == true
        if isThere { programs.insert(program) }
        sources.append(
            MetricSource(
                metric: metric, source: isThere ? "tp_btf/\(hook)" : "",
                reason: isThere ? "primary source" : "no BTF for \(hook)",
                blindSpot: isThere ? blindSpot : "everything", advice: ""))
    }

    private mutating func planDisk(
        _ features: KernelFeatures, _ tree: CgroupTree, _ configuration: ProfilerConfiguration
    ) {
        guard configuration.disk else { return addDisabled("disk") }
        guard features.tracepoints["block_rq_issue"] == true,
            features.tracepoints["block_rq_complete"] == true
        else {
            sources.append(
                MetricSource(
                    metric: "disk", source: "", reason: "no BTF for block_rq_issue, block_rq_complete",
                    blindSpot: "everything", advice: "use a kernel with CONFIG_BLOCK and BTF"))
            return
        }
        programs.formUnion(["hr_on_rq_issue", "hr_on_rq_complete"])
        if features.tracepoints["block_io_start"] == true {
            programs.insert("hr_on_io_start")
            kernel.disk_start_hook = 1
        }
        if tree.controllers.contains("io") {
            kernel.disk_owner = HR_DISK_OWNER_BLKCG.rawValue
            sources.append(
                MetricSource(
                    metric: "disk", source: "block_rq_issue/complete, owner from the bio's blkcg",
                    reason: "primary source", blindSpot: "discards and flushes", advice: ""))
        } else {
            kernel.disk_owner = HR_DISK_OWNER_TASK.rawValue
            sources.append(
                MetricSource(
                    metric: "disk", source: "block_rq_issue/complete, owner is the submitting task",
                    reason: "no io controller on the v2 tree",
                    blindSpot: "writeback counts for the root, whose kernel threads write it",
                    advice: "boot with systemd.unified_cgroup_hierarchy=1 for true owners"))
        }
    }

    private mutating func planLifecycle(_ features: KernelFeatures) {
        guard features.tracepoints["cgroup_mkdir"] == true,
            features.tracepoints["cgroup_rmdir"] == true
        else {
            sources.append(
                MetricSource(
                    metric: "lifecycle", source: "", reason: "no BTF for cgroup_mkdir, cgroup_rmdir",
                    blindSpot: "cgroups that live between two walks", advice: "use a kernel with BTF"))
            return
        }
        programs.formUnion(["hr_on_mkdir", "hr_on_rmdir"])
        sources.append(
            MetricSource(
                metric: "lifecycle", source: "cgroup_mkdir, cgroup_rmdir, one scan at start",
                reason: "primary source", blindSpot: "paths beyond 1023 bytes are cut", advice: ""))
    }

    private mutating func addDisabled(_ metric: String, option: String? = nil) {
        sources.append(
            MetricSource(
                metric: metric, source: "", reason: "switched off by option", blindSpot: "everything",
                advice: "leave out \(option ?? "--no-\(metric.replacing(" ", with: "-"))")"))
    }
}

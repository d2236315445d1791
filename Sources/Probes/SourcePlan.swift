internal import HeadroomABI

/// Which sources serve which metric on this host: decided once, from BTF and the cgroup
/// tree, before anything is loaded.
struct SourcePlan: Sendable {
    private(set) var kernel = hr_config()
    private(set) var programs: Set<String> = []
    private(set) var sources: [MetricSource] = []
    /// The programs keep sets of the CPUs that counted for a slot.
    let keepsCPUSets: Bool

    /// How many cgroups are there before load, which the walk in user space gives slots to.
    mutating func giveSlots(_ count: Int) { kernel.slots_given = UInt32(count) }

    init(
        features: KernelFeatures,
        tree: CgroupTree,
        configuration: ProfilerConfiguration,
        cpus: Int,
        pageShift: UInt32
    ) {
        kernel.max_slots = UInt32(configuration.maxCgroups)
        kernel.cpus = UInt32(cpus)
        kernel.page_shift = pageShift
        kernel.event_wakeup_bytes = UInt32(configuration.effectiveRingBytes / 2)
        let walksInUserSpace = !features.cgroupIterator || configuration.forceFileWalk
        kernel.user_walk = walksInUserSpace ? 1 : 0
        kernel.percpu_lookup = features.percpuLookup && !configuration.forceFileWalk ? 1 : 0
        keepsCPUSets = features.allAtomics
        kernel.slot_mode =
            tree.hasPerfEvent && !configuration.forceHashSlots && !walksInUserSpace
            ? HR_SLOTS_CSS_ID.rawValue : HR_SLOTS_HASH.rawValue
        planCPU(features, configuration)
        planMemory(tree)
        planNetwork(configuration)
        planDisk(features, tree, configuration)
        planLifecycle(features)
    }

    /// Notes that the kernel refused a program that BTF had promised.
    mutating func refuse(_ program: String, because reason: String) {
        programs.remove(program)
        sources = sources.map { source in
            guard MetricSource.metric(ofProgram: program) == source.metric else { return source }
            return MetricSource(
                metric: source.metric, source: "", reason: "\(program) was refused: \(reason)",
                blindSpot: "everything", advice: "report this kernel")
        }
    }

    /// Programs without which there is no agent.
    static let essential: Set<String> = ["hr_walk_cgroups"]

    private mutating func planCPU(_ features: KernelFeatures, _ configuration: ProfilerConfiguration) {
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
        // Runs by request; only walks in user space ask.
        if kernel.user_walk != 0 { programs.insert("hr_give_late") }
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
                    reason: features.cgroupIterator
                        ? "asked for" : "this kernel has no iter/cgroup, so user space walks",
                    blindSpot: "what is under 1 us; costs some 20 us a cgroup and walk",
                    advice: "use kernel 6.1 or later for a walk 50 times cheaper"))
        if !configuration.runQueueDelay {
            addDisabled("run-queue delay")
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
        } else {
            sources.append(
                MetricSource(
                    metric: "run-queue delay", source: "",
                    reason: "no BTF for sched_switch or struct cfs_rq", blindSpot: "everything",
                    advice: "use a kernel with CONFIG_FAIR_GROUP_SCHED and CONFIG_SCHED_INFO"))
        }
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
        } else {
            kernel.rss_walk = 1
            programs.insert("hr_walk_tasks")
            sources.append(
                MetricSource(
                    metric: "memory", source: "RSS of the cgroup's tasks, iter/task",
                    reason: "no memory controller on the v2 tree",
                    blindSpot: "page cache, kernel memory; shared pages count once a process",
                    advice: "boot with systemd.unified_cgroup_hierarchy=1 for memcg figures"))
        }
    }

    private mutating func planNetwork(_ configuration: ProfilerConfiguration) {
        guard configuration.network else { return addDisabled("network") }
        programs.formUnion(["hr_on_ingress", "hr_on_egress"])
        sources.append(
            MetricSource(
                metric: "network", source: "cgroup_skb at the root, both directions",
                reason: "primary source",
                blindSpot: "packets without a local socket; link-layer headers", advice: ""))
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

    private mutating func addDisabled(_ metric: String) {
        sources.append(
            MetricSource(
                metric: metric, source: "", reason: "switched off by option", blindSpot: "everything",
                advice: "leave out --no-\(metric.replacing(" ", with: "-"))"))
    }
}

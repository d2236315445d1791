/// What one of the agent's maps holds and how its keys and values are to be read. The types
/// themselves come from the kernel; this is what types do not say.
struct MapGuide {
    /// What a key stands for.
    enum Key {
        case number
        /// A cgroup's id: the inode of its directory.
        case cgroup
        /// A cgroup's slot.
        case slot
        /// Slot times the number of shards, plus the shard.
        case shardedSlot
        /// The number of a cause of loss.
        case loss
    }

    let name: String
    /// In a line.
    let holds: String
    var key = Key.number
    /// Fields that only grow while their owner stays: they add up over CPUs and have a rate. ""
    /// stands for a bare value.
    var counters: [String] = []
    /// Fields of which the largest counts over CPUs.
    var maxima: [String] = []

    /// What a key is, for who has to write one.
    var keyText: String {
        switch key {
        case .number: "a number"
        case .cgroup: "a cgroup's id, or its path"
        case .slot: "a slot's number, a cgroup's path, or cgroup=ID"
        case .shardedSlot: "slot=N or a cgroup's path for all of its shards, cgroup=ID, or an entry's number"
        case .loss: "the name of a cause, or its number"
        }
    }

    static let all: [MapGuide] = [
        MapGuide(
            name: "hr_cgroups", holds: "where each cgroup's slot is: cgroup id to slot and owner",
            key: .cgroup),
        MapGuide(
            name: "hr_slots",
            holds: "per cgroup: tenant, CPUs that counted for it, resident pages, what was told last",
            key: .slot),
        MapGuide(
            name: "hr_cpu_slots", holds: "per cgroup and CPU: run-queue delay, its histogram and maxima",
            key: .slot, counters: ["delay_ns", "delay_count", "delay_buckets"],
            maxima: ["delay_max_ns", "delay_max_before"]),
        MapGuide(
            name: "hr_net_slots", holds: "per cgroup and CPU: IP bytes and packets, TCP events",
            key: .slot,
            counters: [
                "rx_bytes", "rx_packets", "tx_bytes", "tx_packets", "retransmits", "connects", "accepts",
            ]),
        MapGuide(
            name: "hr_disk_slots",
            holds: "per cgroup and shard of CPUs: disk bytes, requests, latency, errors",
            key: .shardedSlot,
            counters: [
                "read_bytes", "read_ops", "read_latency_ns", "write_bytes", "write_ops",
                "write_latency_ns", "read_errors", "write_errors", "read_buckets", "write_buckets",
            ]),
        MapGuide(
            name: "hr_steps",
            holds: "per cgroup: CPU time by steps of 10 ms (the last 1.28 s), times of its last alarms",
            key: .slot),
        MapGuide(name: "hr_running", holds: "per CPU: whose task runs there, and since when"),
        MapGuide(
            name: "hr_inflight", holds: "block requests between start and completion, by the request's address"),
        MapGuide(name: "hr_losses", holds: "what the kernel side lost, by cause", key: .loss, counters: [""]),
        MapGuide(name: "hr_records", holds: "the ring to the agent: samples, births, removals, alarms"),
        MapGuide(name: "hr_late_removals", holds: "last records of cgroups that went while the ring was full"),
        MapGuide(name: "hr_free_slots", holds: "slots that are nobody's, where slots are not the kernel's css ids"),
        MapGuide(name: "hr_walk_from", holds: "how many samples of a walk are given already"),
        MapGuide(name: "hr_scratch", holds: "per CPU: a record under construction"),
        MapGuide(name: "hr_cpu_offsets", holds: "per CPU: where its copy of per-CPU memory lies, before 5.19"),
        MapGuide(name: "headroom.bss", holds: "the programs' own variables: slots taken, the walk's number"),
        MapGuide(name: ".rodata.config", holds: "what the programs were loaded with: modes, sizes, thresholds"),
    ]

    /// Of a map that is not known everything is taken as it comes.
    static func of(_ name: String) -> MapGuide {
        all.first { $0.name == name } ?? MapGuide(name: name, holds: "")
    }
}

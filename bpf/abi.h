/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Everything that crosses from the kernel to user space, once.
 *
 * clang compiles this file for BPF; Swift imports it as HeadroomABI. Fixed-width
 * fields, explicit padding, sizes asserted below. Times are nanoseconds of
 * CLOCK_MONOTONIC unless a name says otherwise.
 */
#ifndef HEADROOM_ABI_H
#define HEADROOM_ABI_H

#include <linux/types.h>

enum {
	/* Longest cgroup path the kernel's tracepoints carry (TRACE_CGROUP_PATH_LEN). */
	HR_PATH_MAX = 1024,
	/* Last records of removed cgroups kept for the next walk while the ring is full. */
	HR_LATE_REMOVALS = 1024,
	/* Slot 0 of every slot map: what no other slot could take. */
	HR_SLOT_OTHER = 0,
	/* Buckets of run-queue delay: 0 holds waits under 2^10 ns, k those in [2^(9+k), 2^(10+k)). */
	HR_DELAY_BUCKETS = 20,
	HR_DELAY_SHIFT = 10,
	/* Buckets of disk latency: 0 holds those under 2^13 ns, k those in [2^(12+k), 2^(13+k)). */
	HR_DISK_BUCKETS = 16,
	HR_DISK_SHIFT = 13,
	/* A cgroup's CPU time in steps of 10 ms, the last 1.28 s of them, told in groups. */
	HR_BURST_NS = 10000000,
	HR_BURST_STEPS = 128,
	HR_BURST_GROUP = 16,
	/* Details are told of a cgroup that used so much CPU time, and of all once in so many walks. */
	HR_DETAIL_NS = 100000,
	HR_DETAIL_WALKS = 64,
	/* Copies of a cgroup's disk counts, chosen by CPU: at most so many, however many CPUs. */
	HR_DISK_SHARDS = 8,
};

/* First field of every ring record. */
enum hr_kind {
	HR_KIND_SAMPLE = 1,	/* struct hr_sample: one cgroup, one walk */
	HR_KIND_REMOVED = 2,	/* struct hr_sample: last counters of a cgroup that is going */
	HR_KIND_CREATED = 3,	/* struct hr_created */
	HR_KIND_WALK_END = 4,	/* struct hr_walk_end */
	HR_KIND_DETAIL = 5,	/* struct hr_detail: what changed of one cgroup */
	HR_KIND_BURST = 6,	/* struct hr_burst: CPU time of one cgroup, step by step */
	HR_KIND_EVENT = 7,	/* struct hr_event: told at once */
};

enum hr_sample_flags {
	HR_SAMPLE_MEMORY_MEMCG = 1 << 0, /* memory_bytes is the memcg's usage, subtree included */
	HR_SAMPLE_MEMORY_RSS = 1 << 1,	 /* memory_bytes is the RSS of the cgroup's own tasks */
	HR_SAMPLE_ROOT = 1 << 2,	 /* root: the kernel keeps no rstat CPU time for it */
	HR_SAMPLE_NO_SLOT = 1 << 3,	 /* its events were counted in "other" */
};

/*
 * A cgroup's whole resource vector. Counters are cumulative since the agent
 * attached (CPU: since the cgroup was made), so a lost record costs resolution,
 * never data. CPU covers the subtree, as cpu.stat does; delay, network and
 * disk are the cgroup's own, and user space adds up the tree.
 */
struct hr_sample {
	__u32 kind;
	__u32 flags;
	__u64 walk;		/* number of the walk; 0 in HR_KIND_REMOVED */
	__u64 time_ns;
	__u64 cgroup_id;
	__u64 cpu_usage_ns;
	__u64 delay_ns;		/* time spent runnable, waiting for a CPU */
	__u64 delay_count;	/* waits that ended */
	__u64 memory_bytes;	/* gauge */
	__u64 net_rx_bytes;	/* IP bytes */
	__u64 net_rx_packets;
	__u64 net_tx_bytes;
	__u64 net_tx_packets;
	__u64 disk_read_bytes;	/* completed */
	__u64 disk_read_ops;
	__u64 disk_read_latency_ns; /* sum, issue to completion */
	__u64 disk_write_bytes;
	__u64 disk_write_ops;
	__u64 disk_write_latency_ns;
};

/* Which parts of struct hr_detail were filled. Files are read less often than the walk runs. */
enum hr_detail_parts {
	HR_PART_CPU = 1 << 0,	   /* cpu_user_ns, cpu_system_ns: the kernel's raw sums */
	HR_PART_THROTTLE = 1 << 1, /* periods, throttled_*: the cpu controller is on for it */
	HR_PART_PRESSURE = 1 << 2,
	HR_PART_MEMORY = 1 << 3,   /* anon and file; of the cgroup's own tasks without a memcg */
	HR_PART_MEMORY_STAT = 1 << 4, /* kernel, faults, refaults */
	HR_PART_LIMITS = 1 << 5,   /* memory_limit_bytes, memory_* events */
	HR_PART_COUNTS = 1 << 6,   /* delay, TCP, disk */
	HR_PART_CPU_LIMIT = 1 << 7,
};

/*
 * What changed of one cgroup beyond its hr_sample. Made by the walk for cgroups that did
 * something, and for the rest now and then; made by user space from files for parts that
 * the kernel keeps out of reach. Totals are cumulative. CPU, throttling, pressure and events
 * cover what the kernel's own files say they cover; delay, TCP and disk are the cgroup's own.
 */
struct hr_detail {
	__u32 kind;
	__u32 parts;
	__u64 time_ns;
	__u64 cgroup_id;
	__u64 cpu_user_ns;
	__u64 cpu_system_ns;
	__u64 cpu_limit_quota_ns; /* per period; 0: no limit */
	__u64 cpu_limit_period_ns;
	__u64 throttled_ns;
	__u32 throttled_periods;
	__u32 periods;
	__u64 pressure_time_ns;	/* when the kernel last added the totals up */
	__u64 pressure_ns[6];	/* some and full of cpu, memory, io */
	__u64 memory_limit_bytes; /* ~0: none */
	__u64 memory_anon_bytes;
	__u64 memory_file_bytes;
	__u64 memory_kernel_bytes;
	__u64 major_faults;
	__u64 refaults;
	__u32 memory_events[4];	/* high, max, oom, oom_kill */
	__u64 delay_max_ns;	/* longest wait that ended since the walk before */
	/* These wrap. */
	__u32 tcp_retransmits;
	__u32 tcp_connects;	/* made */
	__u32 tcp_accepts;	/* taken */
	__u32 disk_read_errors;
	__u32 disk_write_errors;
	__u32 delay_buckets[HR_DELAY_BUCKETS];
	__u32 disk_read_buckets[HR_DISK_BUCKETS];
	__u32 disk_write_buckets[HR_DISK_BUCKETS];
	__u32 pad;
};

/* CPU time of a cgroup's own tasks in HR_BURST_GROUP steps from `step` on. */
struct hr_burst {
	__u32 kind;
	__u32 pad;
	__u64 cgroup_id;
	__u64 step;		/* since the scheduler clock's zero; a multiple of HR_BURST_GROUP */
	__u32 cpu_ns[HR_BURST_GROUP];
};

enum hr_event_what {
	HR_EVENT_OOM_KILL = 1,	   /* value: victim's pid */
	HR_EVENT_THROTTLED = 2,	   /* first throttling for a second or more */
	HR_EVENT_STALL_CPU = 3,	   /* value: ns that a task waited for a CPU */
	HR_EVENT_STALL_MEMORY = 4, /* value: ns of pressure in the watched second */
	HR_EVENT_STALL_IO = 5,
};

/* Something that does not wait for the next walk. */
struct hr_event {
	__u32 kind;
	__u32 what;
	__u64 time_ns;
	__u64 cgroup_id;
	__u64 value;
};

/* A cgroup was made. `path` is path_bytes long including the final NUL. */
struct hr_created {
	__u32 kind;
	__u32 path_bytes;
	__u64 time_ns;
	__u64 cgroup_id;
	char path[HR_PATH_MAX];
};

enum { HR_CREATED_HEADER = 24 };

/* Closes a walk: what it saw, and the counters of slot "other". */
struct hr_walk_end {
	__u32 kind;
	__u32 visited;		/* cgroups */
	__u64 walk;
	__u64 time_ns;
	__u64 end_ns;
	__u64 pad;		/* recordings hold it */
	__u64 burst_from;	/* steps of HR_BURST_NS that the bursts of this walk cover */
	__u64 burst_to;
	struct hr_sample other;
};

/* Causes of loss counted in the kernel; index into the map `hr_losses`. */
enum hr_loss {
	HR_LOSS_SAMPLE_RING_FULL,   /* no room for the rest of a walk, which took another pass */
	HR_LOSS_CREATED_RING_FULL,  /* a birth was not announced; the agent resolves the name later */
	HR_LOSS_REMOVED_RING_FULL,  /* a cgroup's last interval was lost */
	HR_LOSS_SLOT_OVERFLOW,	    /* no slot left for a cgroup: counted in "other" */
	HR_LOSS_NET_NO_OWNER,	    /* packet without a known socket cgroup: counted in "other" */
	HR_LOSS_DISK_UNTRACKED,	    /* request without a start record: no owner, no latency */
	HR_LOSS_DISK_INFLIGHT_FULL, /* table of requests in flight was full */
	HR_LOSS_DISK_LATE,	    /* a completion was not seen: counted at the next start, without latency */
	HR_LOSS_DETAIL_RING_FULL,   /* no room for a cgroup's details: they come with a later walk */
	HR_LOSS_BURST_RING_FULL,    /* no room for CPU steps: a peak may be understated */
	HR_LOSS_BURST_LATE,	    /* a walk came too late for the CPU steps kept: no peaks from it */
	HR_LOSS_EVENT_RING_FULL,    /* an event was not told; totals have it */
	HR_LOSS_COUNT,
};

/* Per-CPU slots. `owner` guards against reuse of the slot: counts belong to it alone. */
struct hr_cpu_slot {
	__u64 owner;
	__u64 delay_ns;
	__u64 delay_count;
	__u64 delay_max_ns;	/* of walk `max_walk` */
	__u32 max_walk;
	__u32 step;		/* of `step_ns`; lower half of its number */
	__u32 step_ns;		/* CPU time in that step, not yet in hr_steps */
	__u32 delay_max_before;	/* of the walk before `max_walk`, at most ~0 */
	__u32 delay_buckets[HR_DELAY_BUCKETS];
};

struct hr_net_slot {
	__u64 owner;
	__u64 rx_bytes;
	__u64 rx_packets;
	__u64 tx_bytes;
	__u64 tx_packets;
	__u64 retransmits;
	__u64 connects;
	__u64 accepts;
};

/* Shared by the CPUs of a shard. Belongs to the owner that hr_slot names. */
struct hr_disk_slot {
	__u64 read_bytes;
	__u64 read_ops;
	__u64 read_latency_ns;
	__u64 write_bytes;
	__u64 write_ops;
	__u64 write_latency_ns;
	__u32 read_errors;
	__u32 write_errors;
	__u32 read_buckets[HR_DISK_BUCKETS];
	__u32 write_buckets[HR_DISK_BUCKETS];
	__u64 pad;
};

/* Where a cgroup's slot is. */
struct hr_slot_ref {
	__u64 owner;
	__u32 slot;
	__u32 pad;
};

/*
 * What is known of a slot apart from its counts: its tenant, the CPUs that ever counted
 * for it, and the resident memory of its tasks by the last task walk that saw any.
 * Bit n of a set stands for the CPUs n, n + 64, ...
 */
struct hr_slot {
	__u64 owner;
	__u64 delay_cpus;
	__u64 net_cpus;
	__u64 disk_used;
	__u8 step_groups[8];	/* byte n: steps from 16 n on in hr_steps are not all zero */
	__u64 walk;
	__u32 anon_pages;
	__u32 file_pages;
	__u64 told;		/* what the last hr_detail was made from */
};

/* CPU time by step, and when an alarm was last given; one a slot, shared by all CPUs. */
struct hr_steps {
	__u64 stall_ns;
	__u64 throttle_ns;
	__u32 cpu_ns[HR_BURST_STEPS];
};

/* What runs on a CPU, and the step under way there. */
struct hr_running {
	__u64 owner;		/* 0: nobody's time, or that of "other" */
	__u64 since_ns;		/* scheduler clock */
	__u64 step_end_ns;
	__u32 slot;
	__u32 step;
};

/* A block request, which the kernel uses again and again; between start and completion. */
struct hr_inflight {
	__u64 owner;
	__u64 issued_ns;	/* 0: not handed to the device yet */
	__u32 slot;
	__u32 bytes;
	__u32 is_write;
	__u32 is_started;	/* 0: done; waits to be used again */
};

enum hr_slot_mode {
	HR_SLOTS_CSS_ID = 0, /* slot = id of the cgroup's perf_event state: dense, one load away */
	HR_SLOTS_HASH = 1,   /* slot from a free list, found by cgroup id */
};

enum hr_flush_mode {
	HR_FLUSH_NONE = 0,
	HR_FLUSH_CSS = 1,    /* css_rstat_flush, 6.15 and later */
	HR_FLUSH_CGROUP = 2, /* cgroup_rstat_flush, 6.1 to 6.14 */
};

enum hr_disk_owner {
	HR_DISK_OWNER_BLKCG = 0, /* bio->bi_blkg: right for writeback too */
	HR_DISK_OWNER_TASK = 1,  /* the submitting task: io controller is not on the v2 tree */
};

/* Constants set before load; the verifier drops the branches they rule out. */
struct hr_config {
	__u64 stall_ns;		/* a wait for a CPU this long is told at once; ~0: never */
	__u32 max_slots;
	__u32 cpus;		/* possible CPUs */
	__u32 slot_mode;
	__u32 flush_mode;
	__u32 memcg_on_v2;
	__u32 rss_walk;		/* a task walk runs before each cgroup walk */
	__u32 disk_owner;
	__u32 page_shift;
	__u32 event_wakeup_bytes; /* wake the agent for births and deaths once this much waits */
	__u32 disk_start_hook;	  /* block_io_start is there and names the owner */
	__u32 user_walk;	  /* no iter/cgroup (before 6.1): user space walks and makes samples */
	__u32 percpu_lookup;	  /* bpf_map_lookup_percpu_elem is there (5.19) */
	__u32 slots_given;	  /* hash mode: slots that user space gave away before load */
	__u32 disk_shards;	  /* a power of two up to HR_DISK_SHARDS */
	__u32 bursts;		  /* CPU time by step is kept */
	__u32 cpu_on_v2;	  /* the cpu controller is on the v2 tree: limits and throttling */
	__u32 pressure;		  /* the kernel keeps pressure per cgroup where the walk finds it */
	__u32 pad;
};

_Static_assert(sizeof(struct hr_sample) == 144, "wire layout");
_Static_assert(sizeof(struct hr_detail) == 432, "wire layout");
_Static_assert(sizeof(struct hr_burst) == 24 + 4 * HR_BURST_GROUP, "wire layout");
_Static_assert(sizeof(struct hr_event) == 32, "wire layout");
_Static_assert(sizeof(struct hr_created) == HR_CREATED_HEADER + HR_PATH_MAX, "wire layout");
_Static_assert(sizeof(struct hr_walk_end) == 56 + 144, "wire layout");
_Static_assert(sizeof(struct hr_cpu_slot) == 128, "two cache lines");
_Static_assert(sizeof(struct hr_net_slot) == 64, "one cache line");
_Static_assert(sizeof(struct hr_disk_slot) == 192, "three cache lines");
_Static_assert(sizeof(struct hr_slot) == 64, "one cache line");
_Static_assert(HR_BURST_STEPS / HR_BURST_GROUP == 8, "a byte of step_groups each");
_Static_assert(sizeof(struct hr_steps) == 16 + 4 * HR_BURST_STEPS, "wire layout");
_Static_assert(sizeof(struct hr_running) == 32, "wire layout");
_Static_assert(sizeof(struct hr_config) == 80, "wire layout");

#endif

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
	HR_ABI_VERSION = 1,
	/* Longest cgroup path the kernel's tracepoints carry (TRACE_CGROUP_PATH_LEN). */
	HR_PATH_MAX = 1024,
	/* Last records of removed cgroups kept for the next walk while the ring is full. */
	HR_LATE_REMOVALS = 1024,
	/* Slot 0 of every slot map: what no other slot could take. */
	HR_SLOT_OTHER = 0,
};

/* First field of every ring record. */
enum hr_kind {
	HR_KIND_SAMPLE = 1,	/* struct hr_sample: one cgroup, one walk */
	HR_KIND_REMOVED = 2,	/* struct hr_sample: last counters of a cgroup that is going */
	HR_KIND_CREATED = 3,	/* struct hr_created */
	HR_KIND_WALK_END = 4,	/* struct hr_walk_end */
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
	__u64 lost;		/* cgroups without a sample in it; 0 from this kernel side */
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
	HR_LOSS_COUNT,
};

/* Per-CPU slots. `owner` guards against reuse of the slot: counts belong to it alone. */
struct hr_cpu_slot {
	__u64 owner;
	__u64 delay_ns;
	__u64 delay_count;
	__u64 pad;
};

struct hr_net_slot {
	__u64 owner;
	__u64 rx_bytes;
	__u64 rx_packets;
	__u64 tx_bytes;
	__u64 tx_packets;
	__u64 pad[3];
};

struct hr_disk_slot {
	__u64 owner;
	__u64 read_bytes;
	__u64 read_ops;
	__u64 read_latency_ns;
	__u64 write_bytes;
	__u64 write_ops;
	__u64 write_latency_ns;
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
	__u64 disk_cpus;
	__u64 walk;
	__u64 pages;
};

/* A block request between start and completion. */
struct hr_inflight {
	__u64 owner;
	__u64 issued_ns;
	__u32 slot;
	__u32 pad;
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
	__u32 max_slots;
	__u32 cpus;		/* possible CPUs */
	__u32 slot_mode;
	__u32 flush_mode;
	__u32 memcg_on_v2;
	__u32 rss_walk;		/* a task walk runs before each cgroup walk */
	__u32 disk_owner;
	__u32 page_shift;
	__u32 event_wakeup_bytes; /* wake the agent for events once this much waits in the ring */
	__u32 disk_start_hook;	  /* block_io_start is there and names the owner */
	__u32 user_walk;	  /* no iter/cgroup (before 6.1): user space walks and makes samples */
	__u32 percpu_lookup;	  /* bpf_map_lookup_percpu_elem is there (5.19) */
	__u32 slots_given;	  /* hash mode: slots that user space gave away before load */
};

_Static_assert(sizeof(struct hr_sample) == 144, "wire layout");
_Static_assert(sizeof(struct hr_created) == HR_CREATED_HEADER + HR_PATH_MAX, "wire layout");
_Static_assert(sizeof(struct hr_walk_end) == 40 + 144, "wire layout");
_Static_assert(sizeof(struct hr_cpu_slot) == 32, "two slots a cache line");
_Static_assert(sizeof(struct hr_net_slot) == 64, "one cache line");
_Static_assert(sizeof(struct hr_disk_slot) == 64, "one cache line");
_Static_assert(sizeof(struct hr_slot) == 48, "wire layout");
_Static_assert(sizeof(struct hr_config) == 52, "wire layout");

#endif

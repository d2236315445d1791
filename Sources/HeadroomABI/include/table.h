/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table the agent shares: one writer, any number of readers, no lock.
 *
 * A file under /run/headroom: one header, then slot_count slots. Each has a
 * sequence number, odd while it is being written; a reader copies and looks
 * again. A reader refuses another version. Times are Unix nanoseconds unless a
 * name says otherwise. Nothing here is trusted by a reader.
 */
#ifndef HEADROOM_TABLE_H
#define HEADROOM_TABLE_H

#include "../../../bpf/abi.h"

enum {
	HR_TABLE_VERSION = 5,
	HR_TABLE_PATH = 512,
	HR_TABLE_HISTORY = 60,	/* windows kept, for sparklines and for looking back */
	HR_TABLE_FIGURES = 13,	/* enum hr_figure */
	HR_TABLE_RESOURCES = 6, /* cpu, memory, net_rx, net_tx, disk_read, disk_write */
	HR_TABLE_HORIZONS = 3,
	HR_TABLE_QUANTILES = 6,
	HR_TABLE_MAPS = 24,
	HR_TABLE_PROGRAMS = 16,
	HR_TABLE_LOSSES = 32,
	HR_TABLE_REQUESTS = 64,
	HR_TABLE_TEXT = 384,
	HR_TABLE_POOL = 128,
	HR_TABLE_POOL_PLANS = 32,
};

/* "headroom" read as a little-endian number. */
#define HR_TABLE_MAGIC 0x6d6f6f7264616568ull

/* Causes of loss counted by the agent; they follow the kernel's (enum hr_loss). */
enum hr_agent_loss {
	HR_LOSS_TICK_SKIPPED = 16,  /* the agent was late by a whole interval or more */
	HR_LOSS_RECORD_MALFORMED,   /* a ring record of unknown kind or wrong size */
	HR_LOSS_TABLE_FULL,	    /* a cgroup found no place in this table */
	HR_LOSS_SAMPLE_MISSING,	    /* a live cgroup had no sample in a walk */
	HR_LOSS_NAME_UNKNOWN,	    /* a cgroup was sampled before its birth was known */
	HR_LOSS_REMOVAL_MISSED,	    /* a cgroup went without a last record */
	HR_LOSS_COUNTER_BACK,	    /* a cumulative counter went back; the window counts 0 */
	HR_LOSS_PATH_CUT,	    /* a path longer than the table holds */
	HR_LOSS_RECURSION,	    /* runs that the kernel skipped: program already active */
	HR_LOSS_RATE_UNKNOWN,	    /* a file of hints.rates told nothing for a tick */
	HR_LOSS_CHECKPOINT_FAILED,  /* a checkpoint could not be written */
	HR_LOSS_LIMIT_NOT_SET,	    /* a cgroup's limit could not be written */
	HR_LOSS_LIMIT_CHANGED,	    /* somebody else changed a limit that Headroom had set */
	HR_LOSS_PROVIDER_FAILED,    /* the provider program ended, was silent or not understood */
	HR_LOSS_HISTORY_TICK,	    /* the history on disk does not have a tick */
	HR_LOSS_PROBE_DETACHED,	    /* somebody else detached a program */
	HR_LOSS_AGENT_END,
};

/* Beside enum hr_sample_flags: figures that were not measured, as their probes were shed. */
enum hr_window_flags {
	HR_WINDOW_NO_DELAY = 1 << 8,
	HR_WINDOW_NO_NETWORK = 1 << 9,
	HR_WINDOW_NO_DISK = 1 << 10,
};

/* What happened to one cgroup, its subtree included, between two samples. */
struct hr_window {
	__u64 start_ns;
	__u64 end_ns;
	__u64 cpu_ns;
	__u64 delay_ns;
	__u64 delay_count;
	__u64 memory_bytes; /* at end_ns */
	__u64 net_rx_bytes;
	__u64 net_rx_packets;
	__u64 net_tx_bytes;
	__u64 net_tx_packets;
	__u64 disk_read_bytes;
	__u64 disk_read_ops;
	__u64 disk_read_latency_ns;
	__u64 disk_write_bytes;
	__u64 disk_write_ops;
	__u64 disk_write_latency_ns;
	double coverage; /* 0...1: share of the intended window that was observed */
	__u32 flags;	 /* enum hr_sample_flags of the closing sample, enum hr_window_flags */
	__u32 is_final;	 /* the cgroup is gone; this was its last interval */
};

/* What is kept of each window. The first ones are the resources, in their order and units. */
enum hr_figure {
	HR_FIGURE_DELAY = HR_TABLE_RESOURCES, /* seconds of waiting for a CPU, a second */
	HR_FIGURE_THROTTLED,	   /* share of the periods of its own CPU limit */
	HR_FIGURE_PRESSURE_CPU,	   /* share of the time in which some tasks stalled */
	HR_FIGURE_PRESSURE_MEMORY,
	HR_FIGURE_PRESSURE_IO,
	HR_FIGURE_FORECAST_CPU,	   /* the quantile nearest 0.95 at the longest horizon */
	HR_FIGURE_FORECAST_MEMORY,
};

/* Beside enum hr_detail_parts. */
enum { HR_PART_PEAKS = 1 << 16 };

/*
 * The finer figures of one cgroup, its subtree included: what happened between two samples,
 * and gauges as they were last seen. Valid where `parts` says so.
 */
struct hr_window_detail {
	__u64 cpu_user_ns;
	__u64 cpu_system_ns;
	__u64 throttled_ns;	/* of the cgroup's own limit, summed over CPUs */
	__u64 memory_limit_bytes; /* ~0: none */
	__u64 memory_anon_bytes;
	__u64 memory_file_bytes;
	__u64 memory_kernel_bytes;
	__u64 major_faults;
	__u64 refaults;
	__u64 delay_max_ns;
	float cpu_limit_cores;	/* 0: none */
	float cpu_peak_10ms_cores; /* highest mean over 10 ms */
	float cpu_peak_100ms_cores;
	float pressure[6];	/* some and full of cpu, memory, io: share of time, 0...1 */
	__u32 parts;
	__u32 periods;
	__u32 throttled_periods;
	__u32 memory_events[4];	/* high, max, oom, oom_kill */
	__u32 tcp_retransmits;
	__u32 tcp_connects;
	__u32 tcp_accepts;
	__u32 disk_read_errors;
	__u32 disk_write_errors;
	__u32 delay_buckets[HR_DELAY_BUCKETS];
	__u32 disk_read_buckets[HR_DISK_BUCKETS];
	__u32 disk_write_buckets[HR_DISK_BUCKETS];
	__u32 pad;
};

struct hr_table_slot {
	__u32 sequence;
	__u32 live;
	__u64 cgroup_id;
	__u64 generation; /* tenants of this slot so far */
	__s32 parent;	  /* slot of the parent; -1 for none */
	__u32 path_bytes;
	__u64 history_tick;  /* header's history_tick of the newest window; 0: none yet */
	__u64 history_first; /* of the tenant's first */
	struct hr_window window;
	struct hr_window_detail detail;
	double limit_cores; /* that the agent holds it to; 0: none */
	double limit_bytes;
	double forecast[HR_TABLE_RESOURCES][HR_TABLE_HORIZONS][HR_TABLE_QUANTILES]; /* NaN: none */
	/*
	 * Window of tick t at t % HR_TABLE_HISTORY, in every slot; ~0: not known. Numbers of 16
	 * bits, six of them the exponent: 0, then 2^-26 to 7e13 with three figures.
	 */
	__u16 history[HR_TABLE_FIGURES][HR_TABLE_HISTORY];
	char path[HR_TABLE_PATH];
};

struct hr_table_object {
	__u32 id;
	char name[28];
};

struct hr_plan_figures {
	__u64 time_ns;
	double demand;
	double forecast; /* NaN: none yet */
	double fraction;
	double target;
	double ready;
	double pending;
	double allocatable;
	double coverage; /* of the pool's forecast at `fraction`, since start; NaN: none yet */
	double shift; /* of the forecast's distribution, by what was cheapest and by correction */
	double cost_ratio;
	double hold_price; /* of one unit of the resource held for an hour, in the configured currency; NaN: none */
	double chunk;
	double minimum;
	double maximum; /* may be infinite */
	__u64 lead_ns;
	__u64 horizon_ns; /* of the forecast that is planned on */
	double ladder[HR_TABLE_QUANTILES]; /* that forecast, by the header's quantiles; NaN: none */
};

/* Numbers apart from text, so that they can be held without it. */
struct hr_table_plan {
	struct hr_plan_figures figures;
	char reason[HR_TABLE_TEXT];
};

/* A plan of one pool; those of the node, or of what is in no pool, are in `plans`. */
struct hr_table_pool_plan {
	struct hr_table_plan plan;
	__u32 resource;
	__u32 applications; /* cgroups that were added up */
	char pool[HR_TABLE_POOL];
};

struct hr_request_figures {
	__u64 id;
	__u64 time_ns;
	double amount;
	double change;
	double granted;
	__u32 resource;
	__u32 outcome; /* 0 granted, 1 partial, 2 denied, 3 pending */
};

struct hr_table_request {
	struct hr_request_figures figures;
	char pool[HR_TABLE_POOL]; /* its end, where it does not fit */
	char reason[HR_TABLE_TEXT];
};

struct hr_table_header {
	__u64 magic;
	__u32 version;
	__u32 header_bytes;
	__u32 slot_bytes;
	__u32 slot_count;
	__u32 sequence;
	__u32 slots_used; /* slots above this were never used */
	/* Constant after start. */
	__u64 agent_pid;
	__u64 started_ns;
	__u64 interval_ns;
	__u32 horizon_count;
	__u32 quantile_count;
	__u64 horizons_ns[HR_TABLE_HORIZONS];
	double quantiles[HR_TABLE_QUANTILES];
	__u32 map_count;
	__u32 program_count;
	struct hr_table_object maps[HR_TABLE_MAPS];
	struct hr_table_object programs[HR_TABLE_PROGRAMS];
	/* Changes every tick, under `sequence`. */
	__u64 ticks;
	__u64 last_tick_ns;
	__u64 cgroups;
	__u64 walk_duration_ns;
	__u64 self_cpu_ns; /* of the agent's process since start */
	__u64 self_rss_bytes;
	__u64 probe_ns_per_s; /* BPF run time, from the last measuring window */
	double budget_cores;  /* what all of Headroom may use; 0: no limit */
	__u32 shed;	      /* enum hr_window_flags of what is shed now */
	__u32 pad;
	/* Ticks that closed windows, and when the last of them did, by tick % HR_TABLE_HISTORY. */
	__u64 history_tick;
	__u64 history_ends_ns[HR_TABLE_HISTORY];
	__u64 losses[HR_TABLE_LOSSES];
	struct hr_table_plan plans[HR_TABLE_RESOURCES];
	struct hr_table_pool_plan pool_plans[HR_TABLE_POOL_PLANS];
	__u32 pool_plan_count;
	__u32 pad2;
	__u64 request_count; /* since start; the ring below holds the last ones */
	struct hr_table_request requests[HR_TABLE_REQUESTS];
};

_Static_assert(sizeof(struct hr_window) == 144, "shared layout");
_Static_assert(sizeof(struct hr_window_detail) == 376, "shared layout");
_Static_assert(HR_FIGURE_FORECAST_MEMORY + 1 == HR_TABLE_FIGURES, "shared layout");
_Static_assert(sizeof(struct hr_table_slot) % 8 == 0, "slots stay aligned");
_Static_assert(sizeof(struct hr_table_header) % 8 == 0, "slots stay aligned");

#endif

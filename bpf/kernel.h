/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The kernel types these programs read, and only the fields they read.
 *
 * preserve_access_index turns each access into a CO-RE relocation, so libbpf
 * finds the real offset in the running kernel's BTF; field order here does not
 * matter. A name with ___ is the same type under an older or newer layout.
 */
#ifndef HEADROOM_KERNEL_H
#define HEADROOM_KERNEL_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/types.h>

typedef __u64 u64;
typedef __u32 u32;

/* Values differ between kernels and configurations: read with bpf_core_enum_value. */
enum cgroup_subsys_id {
	memory_cgrp_id = 0,
	perf_event_cgrp_id = 1,
	cpu_cgrp_id = 2,
	CGROUP_SUBSYS_MAX = 32, /* above any kernel's count; bounds the array below */
};

enum psi_states {
	PSI_IO_SOME = 0,
	PSI_IO_FULL = 1,
	PSI_MEM_SOME = 2,
	PSI_MEM_FULL = 3,
	PSI_CPU_SOME = 4,
	PSI_CPU_FULL = 5,
};

enum memcg_memory_event {
	MEMCG_HIGH = 1, /* then MAX, OOM, OOM_KILL */
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	long counter;
} hr_atomic_long;

struct kernfs_node {
	__u64 id;
};

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	int id;
	__u64 serial_nr;
};

struct task_cputime {
	__u64 stime;
	__u64 utime;
	__u64 sum_exec_runtime;
};

struct cgroup_base_stat {
	struct task_cputime cputime;
};

/* Per-CPU CPU time not yet flushed upwards: 6.16 and later, and before. */
struct cgroup_rstat_base_cpu {
	struct cgroup_base_stat bstat;
	struct cgroup_base_stat last_bstat;
};

struct cgroup_rstat_cpu {
	struct cgroup_base_stat bstat;
	struct cgroup_base_stat last_bstat;
};

/* Totals of the averages' aggregator come first. */
struct psi_group {
	__u64 avg_last_update;
	__u64 total[6];
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct cgroup_subsys_state self;
	int level;
	struct kernfs_node *kn;
	struct cgroup_subsys_state *subsys[CGROUP_SUBSYS_MAX];
	struct cgroup_root *root;
	struct cgroup_rstat_base_cpu *rstat_base_cpu;
	struct cgroup_base_stat bstat;
	struct psi_group *psi; /* 6.1 and later; NULL while the kernel keeps no pressure */
};

struct cgroup___before_6_16 {
	struct cgroup_rstat_cpu *rstat_cpu;
};

struct css_set {
	struct cgroup_subsys_state *subsys[CGROUP_SUBSYS_MAX];
	struct cgroup *dfl_cgrp;
};

struct sched_info {
	unsigned long long last_queued;
};

struct percpu_counter {
	__s64 count;
};

/* 6.2 and later; before, struct mm_rss_stat held plain atomics. */
struct mm_struct {
	struct percpu_counter rss_stat[4];
};

struct mm_rss_stat {
	hr_atomic_long count[4];
};

struct mm_struct___before_6_2 {
	struct mm_rss_stat rss_stat;
};

struct rq {
	__u64 clock;
};

struct cfs_bandwidth {
	__s64 period; /* ktime_t */
	__u64 quota;
	int nr_periods;
	int nr_throttled;
	__u64 throttled_time;
};

struct task_group {
	struct cgroup_subsys_state css;
	struct cfs_rq **cfs_rq; /* one a CPU */
	struct task_group *parent;
	struct cfs_bandwidth cfs_bandwidth;
};

struct cfs_rq {
	struct rq *rq;
	struct task_group *tg;
	int throttled;	    /* its own limit stops it; a bit since 6.18 */
	int throttle_count; /* of it and everything above it */
};

struct sched_entity {
	struct cfs_rq *cfs_rq;
};

struct task_struct {
	unsigned int __state;
	int pid;
	int tgid;
	struct mm_struct *mm;
	struct css_set *cgroups;
	struct sched_entity se;
	struct sched_info sched_info;
};

struct task_struct___before_5_14 {
	long state;
};

struct page_counter {
	hr_atomic_long usage;
	unsigned long max;
};

struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct page_counter memory;
	hr_atomic_long memory_events[5];
};

/* 5.15 and later; before, a pointer or, with one of the lowest bits set, something else. */
struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct sock_cgroup_data___before_5_15 {
	__u64 val;
};

struct sock {
	__u16 sk_protocol;
	struct sock_cgroup_data sk_cgrp_data;
};

struct blkcg {
	struct cgroup_subsys_state css;
};

struct blkcg_gq {
	struct blkcg *blkcg;
};

struct bio {
	struct blkcg_gq *bi_blkg;
};

struct request {
	unsigned int cmd_flags;
	unsigned int __data_len;
	struct bio *bio;
};

struct bpf_array {
	void *pptrs[0]; /* of a per-CPU array: where each element lies, before a CPU's offset */
};

struct bpf_iter_meta {
	__u64 seq_num;
};

struct bpf_iter__cgroup {
	struct bpf_iter_meta *meta;
	struct cgroup *cgroup;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

/* Kinds of resident page, in the order of mm_struct.rss_stat. */
enum { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES };

#endif

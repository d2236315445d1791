// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Floors and a reference for the benchmarks: empty programs at each hook that
 * Headroom uses, a walk that only reads, and run-queue delay the usual way.
 */
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct task_struct___state {
	unsigned int __state;
} __attribute__((preserve_access_index));

extern void css_rstat_flush(struct cgroup_subsys_state *css) __ksym __weak;
extern void cgroup_rstat_flush(struct cgroup *cgroup) __ksym __weak;

/* What the hooks themselves cost. */

SEC("tp_btf/sched_switch")
int BPF_PROG(empty_switch) { return 0; }

SEC("tp_btf/sched_wakeup")
int BPF_PROG(empty_wakeup) { return 0; }

SEC("cgroup_skb/ingress")
int empty_ingress(struct __sk_buff *skb) { return 1; }

SEC("cgroup_skb/egress")
int empty_egress(struct __sk_buff *skb) { return 1; }

SEC("tp_btf/block_io_start")
int BPF_PROG(empty_io_start) { return 0; }

SEC("tp_btf/block_rq_issue")
int BPF_PROG(empty_rq_issue) { return 0; }

SEC("tp_btf/block_rq_complete")
int BPF_PROG(empty_rq_complete) { return 0; }

/* From 6.3; not loaded where the kernel has none. */
SEC("tp_btf/sock_send_length")
int BPF_PROG(empty_sock_send) { return 0; }

SEC("tp_btf/sock_recv_length")
int BPF_PROG(empty_sock_receive) { return 0; }

/* The read-only walk: one flush, one load a cgroup, no record. */

__u64 floor_sum;

SEC("iter.s/cgroup")
int floor_walk(struct bpf_iter__cgroup *ctx)
{
	struct cgroup *cgroup = ctx->cgroup;

	if (!cgroup)
		return 0;
	if (ctx->meta->seq_num == 0) {
		if (css_rstat_flush)
			css_rstat_flush(&cgroup->self);
		else if (cgroup_rstat_flush)
			cgroup_rstat_flush(cgroup);
	}
	floor_sum += cgroup->bstat.cputime.sum_exec_runtime;
	return 0;
}

/*
 * Run-queue delay with a time stamp at each wakeup: task storage, the clock, a
 * per-CPU hash by cgroup id. The method of runqlat and of most agents, written
 * as cheaply as it can be.
 */
struct delay {
	__u64 sum_ns;
	__u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} queued_at SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct delay);
} delays SEC(".maps");

static __always_inline int enqueue(struct task_struct *task)
{
	__u64 *at = bpf_task_storage_get(&queued_at, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (at)
		*at = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(two_hook_wakeup, struct task_struct *task) { return enqueue(task); }

SEC("tp_btf/sched_switch")
int BPF_PROG(two_hook_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct task_struct___state *state = (void *)prev;
	struct delay *delay, fresh = {};
	__u64 id, *at;

	if (state->__state == 0) /* preempted: waits again */
		enqueue(prev);
	at = bpf_task_storage_get(&queued_at, next, 0, 0);
	if (!at || !*at)
		return 0;
	id = next->cgroups->dfl_cgrp->kn->id;
	delay = bpf_map_lookup_elem(&delays, &id);
	if (!delay) {
		bpf_map_update_elem(&delays, &id, &fresh, BPF_NOEXIST);
		return 0;
	}
	delay->sum_ns += bpf_ktime_get_ns() - *at;
	delay->count++;
	*at = 0;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

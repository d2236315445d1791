/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Run-queue delay (how long tasks of a cgroup were runnable without a CPU), CPU time in steps
 * of 10 ms, and the first moment of a throttling.
 *
 * Hook: tp_btf/sched_switch, the only one. When a task is picked, the kernel
 * still holds the time it was queued (sched_info.last_queued, in rq->clock), so
 * no wakeup hook, no clock read and no per-task storage are needed.
 * Cost: a few dependent loads and two per-CPU array accesses; see docs/overhead.md.
 * Cannot see: waits on a queue that a task left by migration (counted from its
 * new queue), and the wait of a task that never gets to run.
 */
#ifndef HEADROOM_CPU_H
#define HEADROOM_CPU_H

#include "maps.h"
#include "steps.bpf.h"

enum { ALARM_PAUSE_NS = 1000000000 };

static __u32 max_walk; /* waits from now on count for this walk's maximum */

/*
 * The cgroup whose limit stops `tg` on this CPU: the nearest whose own queue is throttled, as a
 * nearer one may have a limit that it does not reach. Where the kernel does not say which is
 * throttled, the nearest that has a limit. Rare.
 */
static __noinline int tell_throttled(struct task_group *tg)
{
	struct task_group *limited = NULL, *stopped = NULL;
	__u32 cpu = bpf_get_smp_processor_id();
	struct cgroup *cgroup;
	struct hr_steps *steps;
	struct slot slot = {};
	__u64 id, now = bpf_ktime_get_ns(), before;
	int level;

	for (level = 0; level < 32 && tg; level++) {
		struct cfs_rq *queue = NULL;

		if (!limited && (__s64)BPF_CORE_READ(tg, cfs_bandwidth.quota) >= 0)
			limited = tg;
		if (bpf_core_field_exists(queue->throttled)) {
			bpf_probe_read_kernel(&queue, sizeof(queue), BPF_CORE_READ(tg, cfs_rq) + cpu);
			/* A kernel that keeps its queues otherwise is not believed. */
			if (BPF_CORE_READ(queue, tg) == tg &&
			    BPF_CORE_READ_BITFIELD_PROBED(queue, throttled)) {
				stopped = tg;
				break;
			}
		} else if (limited) {
			break;
		}
		tg = BPF_CORE_READ(tg, parent);
	}
	tg = stopped ? stopped : limited;
	cgroup = BPF_CORE_READ(tg, css.cgroup);
	id = BPF_CORE_READ(cgroup, kn, id);
	if (!id || !slot_of_id(id, &slot))
		return 0;
	steps = bpf_map_lookup_elem(&hr_steps, &slot.index);
	if (!steps)
		return 0;
	before = steps->throttle_ns;
	steps->throttle_ns = now;
	if (now - before > ALARM_PAUSE_NS)
		tell(HR_EVENT_THROTTLED, id, 0);
	return 0;
}

/* A task waited longer than it should. Rare. */
__noinline int tell_stalled(__u32 slot, __u64 cgroup_id, __u64 delay)
{
	struct hr_steps *steps = bpf_map_lookup_elem(&hr_steps, &slot);
	__u64 now = bpf_ktime_get_ns();

	if (!steps || now - steps->stall_ns < ALARM_PAUSE_NS)
		return 0;
	steps->stall_ns = now;
	tell(HR_EVENT_STALL_CPU, cgroup_id, delay);
	return 0;
}

/*
 * The walk that ends the period may not have been here yet: what was longest in it stays beside.
 * The order of the stores is the one that longest_wait relies on.
 */
static __always_inline void raise_maximum(struct hr_cpu_slot *counts, __u64 delay)
{
	__u64 before = counts->delay_max_ns;

	if (counts->max_walk == max_walk) {
		if (delay > before)
			counts->delay_max_ns = delay;
		barrier();
		return;
	}
	if (max_walk - counts->max_walk != 1)
		before = 0;
	counts->delay_max_before = before > 0xffffffff ? 0xffffffff : before;
	barrier();
	counts->max_walk = max_walk;
	barrier();
	counts->delay_max_ns = delay;
	barrier();
}

/* The longest wait of the period that this walk ends, read while the hook may be writing it. */
static __always_inline __u64 longest_wait(const struct hr_cpu_slot *counts)
{
	__u64 longest = *(volatile const __u64 *)&counts->delay_max_ns;
	__u32 walk = *(volatile const __u32 *)&counts->max_walk;
	__u64 before;

	if (max_walk - walk == 1)
		return longest;
	if (max_walk != walk)
		return 0;
	before = *(volatile const __u32 *)&counts->delay_max_before;
	return longest > before ? longest : before;
}

static __always_inline bool is_runnable(struct task_struct *task)
{
	if (bpf_core_field_exists(task->__state))
		return task->__state == 0;
	return ((struct task_struct___before_5_14 *)task)->state == 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(hr_on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	__u64 queued = next->sched_info.last_queued, delay, now;
	struct hr_cpu_slot *counts;
	struct slot slot = {};

	/* Set for tasks of every class; reaching the run queue needs no kernel symbol this way. */
	now = next->se.cfs_rq->rq->clock;

	/* Stopped while it could run, and everything of its group with it. */
	if (config.cpu_on_v2 && prev->se.cfs_rq->throttle_count && is_runnable(prev))
		tell_throttled(prev->se.cfs_rq->tg);

	if (config.bursts) {
		__u32 zero = 0;
		struct hr_running *running = bpf_map_lookup_elem(&hr_running, &zero);

		if (!running)
			return 0;
		charge(running, now);
		if (!next->pid) {
			running->owner = 0;
			return 0;
		}
		slot_of_task(next->cgroups, &slot);
		running->owner = slot.owner;
		running->slot = slot.index;
	}

	if (!queued) /* idle, or picked again without having waited */
		return 0;
	delay = now - queued;
	if ((__s64)delay < 0)
		return 0;
	if (!config.bursts)
		slot_of_task(next->cgroups, &slot);

	counts = bpf_map_lookup_elem(&hr_cpu_slots, &slot.index);
	if (!counts)
		return 0;
	if (counts->owner != slot.owner && !claim(slot.index, slot.owner)) {
		slot.index = HR_SLOT_OTHER;
		counts = bpf_map_lookup_elem(&hr_cpu_slots, &slot.index);
		if (!counts)
			return 0;
	}
	raise_maximum(counts, delay);
	counts->delay_ns += delay;
	counts->delay_count++;
	counts->delay_buckets[bucket_of(delay, HR_DELAY_SHIFT, HR_DELAY_BUCKETS)]++;
	if (delay >= config.stall_ns)
		tell_stalled(slot.index, next->cgroups->dfl_cgrp->kn->id, delay);
	return 0;
}

#endif

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

enum { ALARM_PAUSE_NS = 1000000000 };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hr_running);
} hr_running SEC(".maps");

/*
 * The walk takes what was before this step, also from CPUs whose task has not switched since;
 * hooks add to it and to later ones. Set by the walk alone.
 */
static __u64 steps_from_ns;
static __u32 max_walk; /* waits from now on count for this walk's maximum */

/*
 * Takes this CPU's counts of a slot over for its tenant; 0 when that is not settled (its cgroup is
 * being removed). Once a cgroup and CPU.
 */
__noinline int claim(__u32 index, __u64 owner)
{
	struct slot slot = { .index = index, .owner = owner };
	struct hr_cpu_slot *counts = bpf_map_lookup_elem(&hr_cpu_slots, &index);
	struct hr_slot *facts = first_count(&slot);

	if (!counts || !facts)
		return 0;
	__sync_fetch_and_or(&facts->delay_cpus, cpu_bit());
	__builtin_memset(counts, 0, sizeof(*counts));
	counts->owner = owner;
	return 1;
}

/* Adds CPU time to a step in what all CPUs share: at most 100 times a second, CPU and cgroup. */
static __always_inline void share_step(__u32 slot, __u64 owner, __u64 step, __u32 ns)
{
	struct hr_slot *facts = bpf_map_lookup_elem(&hr_slots, &slot);
	struct hr_steps *steps = bpf_map_lookup_elem(&hr_steps, &slot);
	__u32 at = step % HR_BURST_STEPS;

	if (!facts || !steps || facts->owner != owner)
		return;
	__sync_fetch_and_add(&steps->cpu_ns[at], ns);
	facts->step_groups[at / HR_BURST_GROUP] = 1;
}

/* A span that may cover many steps, whole: of a task that does not switch. */
__noinline int share_span(__u32 slot, __u64 owner, __u64 from_ns, __u64 to_ns)
{
	__u64 step = from_ns / HR_BURST_NS, last = to_ns / HR_BURST_NS;
	__u32 count;

	if (last - step >= HR_BURST_STEPS)
		return 0;
	for (count = 0; count < HR_BURST_STEPS; count++) {
		__u64 start = step * HR_BURST_NS, end = start + HR_BURST_NS;

		if (step > last)
			break;
		if (start < from_ns)
			start = from_ns;
		if (end > to_ns)
			end = to_ns;
		if (end > start)
			share_step(slot, owner, step, end - start);
		step++;
	}
	return 0;
}

/* Shares what had gathered of an earlier step, if the walk has not taken it from here. */
static __always_inline void turn_step(struct hr_cpu_slot *counts, __u32 slot, __u64 owner,
				      __u32 step)
{
	__u32 first = steps_from_ns / HR_BURST_NS;

	if (counts->step_ns && (__s32)(counts->step - first) >= 0)
		share_step(slot, owner, counts->step, counts->step_ns);
	counts->step = step;
	counts->step_ns = 0;
}

/*
 * A step has ended on this CPU since the task there was switched in: what had gathered of an
 * earlier one is shared, and so is all of this task's time but the step under way.
 */
__noinline int cross_step(__u32 slot, __u64 owner, __u64 from_ns, __u64 now_ns)
{
	struct hr_cpu_slot *counts = bpf_map_lookup_elem(&hr_cpu_slots, &slot);
	__u32 zero = 0, step = now_ns / HR_BURST_NS;
	struct hr_running *running = bpf_map_lookup_elem(&hr_running, &zero);
	__u64 start = (__u64)(now_ns / HR_BURST_NS) * HR_BURST_NS;

	if (running) {
		running->step = step;
		running->step_end_ns = start + HR_BURST_NS;
	}
	if (!owner || !counts || (counts->owner != owner && !claim(slot, owner)))
		return 0;
	if (counts->step != step)
		turn_step(counts, slot, owner, step);
	if (from_ns < start) {
		share_span(slot, owner, from_ns, start);
		from_ns = start;
	}
	counts->step_ns += now_ns - from_ns;
	return 0;
}

/* Gives the time since the last switch to whoever ran. */
static __always_inline void charge(struct hr_running *running, __u64 now)
{
	struct hr_cpu_slot *counts;
	__u64 from = running->since_ns;
	__u32 slot = running->slot;

	if (from < steps_from_ns)
		from = steps_from_ns;
	if ((__s64)(now - from) <= 0)
		return;
	if (now >= running->step_end_ns) {
		cross_step(slot, running->owner, from, now);
		return;
	}
	if (!running->owner)
		return;
	counts = bpf_map_lookup_elem(&hr_cpu_slots, &slot);
	if (!counts || (counts->owner != running->owner && !claim(slot, running->owner)))
		return;
	if (counts->step != running->step)
		turn_step(counts, slot, running->owner, running->step);
	counts->step_ns += now - from;
}

/* The cgroup whose limit stops `tg`: the nearest that has one. Rare. */
static __noinline int tell_throttled(struct task_group *tg)
{
	struct cgroup *cgroup;
	struct hr_steps *steps;
	struct slot slot = {};
	__u64 id, now = bpf_ktime_get_ns(), before;
	int level;

	for (level = 0; level < 32 && tg; level++) {
		if ((__s64)BPF_CORE_READ(tg, cfs_bandwidth.quota) >= 0)
			break;
		tg = BPF_CORE_READ(tg, parent);
	}
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
		running->since_ns = now;
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
	counts->delay_ns += delay;
	counts->delay_count++;
	counts->delay_buckets[bucket_of(delay, HR_DELAY_SHIFT, HR_DELAY_BUCKETS)]++;
	if (counts->max_walk != max_walk) {
		counts->max_walk = max_walk;
		counts->delay_max_ns = 0;
	}
	if (delay > counts->delay_max_ns)
		counts->delay_max_ns = delay;
	if (delay >= config.stall_ns)
		tell_stalled(slot.index, next->cgroups->dfl_cgrp->kn->id, delay);
	return 0;
}

#endif

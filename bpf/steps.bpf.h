/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * CPU time of each cgroup in steps of 10 ms, for the highest 10 and 100 ms of a window.
 *
 * The switch hook gathers the step under way in its CPU's slot and shares a finished one; the
 * walk takes what is over. Why so: docs/decisions/020-details-and-steps.md.
 */
#ifndef HEADROOM_STEPS_H
#define HEADROOM_STEPS_H

#include "maps.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hr_running);
} hr_running SEC(".maps");

/*
 * The walk's line: it takes what was before this step, also from CPUs whose task has not switched
 * since; hooks add to it and to later ones. Set by the walk alone.
 *
 * A hook notes what it takes and then reads the line, the walk draws the line and then reads what is
 * noted. That keeps them from taking the same time twice as long as stores are seen in order. The
 * barriers are the compiler's alone: a fence would cost every switch more than the rest of `charge`.
 * What a CPU's store buffer holds back is out some ten ns later, before the walk, which has
 * other things to do in between, looks: a slice counted twice is not ruled out, but nothing that a
 * test could bring about.
 */
static __u64 steps_from_ns;

/* Not static: clang would take it apart, and its type information would no longer be true. */
struct steps_taken {
	__u64 from, to;
	bool told; /* false: they are thrown away, as older ones lie under them */
} walk_steps; /* that this walk takes */

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
	__u32 ended = counts->step, ns = counts->step_ns, first;

	/* Gone from here before the walk's line is read, so that a walk meanwhile does not take it as well. */
	counts->step_ns = 0;
	counts->step = step;
	barrier();
	first = *(volatile __u64 *)&steps_from_ns / HR_BURST_NS;
	if (ns && (__s32)(ended - first) >= 0)
		share_step(slot, owner, ended, ns);
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

/*
 * Gives the time since the last switch to whoever ran. That it is given is noted before the
 * walk's line is read, so that a walk meanwhile does not give it again: it may lose it, which
 * understates a peak, where twice the time would be a peak that cannot be.
 */
static __always_inline void charge(struct hr_running *running, __u64 now)
{
	struct hr_cpu_slot *counts;
	__u64 from = running->since_ns, line;
	__u32 slot = running->slot;

	running->since_ns = now;
	barrier();
	line = *(volatile __u64 *)&steps_from_ns;
	if (from < line)
		from = line;
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

/* Hands over a group of steps, those before `to`. */
__noinline int give_group(__u32 slot, __u64 cgroup_id, __u64 first, __u64 to)
{
	struct hr_steps *steps = bpf_map_lookup_elem(&hr_steps, &slot);
	struct hr_burst *burst;
	__u32 index, at = first % HR_BURST_STEPS / HR_BURST_GROUP * HR_BURST_GROUP;

	if (!steps)
		return 0;
	burst = to ? bpf_ringbuf_reserve(&hr_records, sizeof(*burst), 0) : NULL;
	if (!burst)
		count_loss(to ? HR_LOSS_BURST_RING_FULL : HR_LOSS_BURST_LATE);
	for (index = 0; index < HR_BURST_GROUP; index++) {
		__u32 *ns = &steps->cpu_ns[at + index];

		if (burst)
			burst->cpu_ns[index] = first + index < to ? *ns : 0;
		if (!to || first + index < to)
			*ns = 0;
	}
	if (burst) {
		burst->kind = HR_KIND_BURST;
		burst->pad = 0;
		burst->cgroup_id = cgroup_id;
		burst->step = first;
		bpf_ringbuf_submit(burst, BPF_RB_NO_WAKEUP);
	}
	return 0;
}

static __always_inline void give_steps(struct hr_slot *facts, __u32 slot, __u64 cgroup_id,
				       const struct steps_taken *steps)
{
	__u64 first = steps->from & ~(__u64)(HR_BURST_GROUP - 1);
	__u32 group;

	if (!config.bursts || !*(__u64 *)facts->step_groups)
		return;
	for (group = 0; group <= HR_BURST_STEPS / HR_BURST_GROUP; group++) {
		__u32 at = first % HR_BURST_STEPS / HR_BURST_GROUP;

		if (first >= steps->to)
			break;
		if (facts->step_groups[at]) {
			if (first + HR_BURST_GROUP <= steps->to)
				facts->step_groups[at] = 0;
			give_group(slot, cgroup_id, first, steps->told ? steps->to : 0);
		}
		first += HR_BURST_GROUP;
	}
}

/*
 * From here on this walk takes all steps before now, and hooks add to later ones only.
 * Returns where the line was before.
 */
static __always_inline __u64 draw_line(void)
{
	struct task_struct *current = bpf_get_current_task_btf();
	__u64 before = steps_from_ns, now = current->se.cfs_rq->rq->clock;

	now -= now % HR_BURST_NS;
	walk_steps.from = before / HR_BURST_NS;
	walk_steps.to = now / HR_BURST_NS;
	/* Steps older than those kept have later ones added to them. */
	walk_steps.told =
		before && walk_steps.to - walk_steps.from <= HR_BURST_STEPS - HR_BURST_GROUP;
	steps_from_ns = now;
	/* Thrown away: every group once, and that of `to` is the last. */
	if (!walk_steps.told)
		walk_steps.from = (walk_steps.to + HR_BURST_GROUP - 1) / HR_BURST_GROUP *
					  HR_BURST_GROUP - HR_BURST_STEPS;
	return before;
}

/* Tasks that have not switched since the walk before get what they ran until the line. */
static __always_inline void take_running(__u64 before)
{
	__u64 now = steps_from_ns;
	__u32 zero = 0, cpu;

	if (!walk_steps.told)
		return;
	for (cpu = 0; cpu < config.cpus; cpu++) {
		struct hr_running *running = bpf_map_lookup_percpu_elem(&hr_running, &zero, cpu);
		__u64 from;

		if (!running || !running->owner)
			continue;
		from = running->since_ns;
		if (from < before)
			from = before;
		if (from < now)
			share_span(running->slot, running->owner, from, now);
	}
}

#endif

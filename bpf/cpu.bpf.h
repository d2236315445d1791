/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Run-queue delay: how long tasks of a cgroup were runnable without a CPU.
 *
 * Hook: tp_btf/sched_switch, the only one. When a task is picked, the kernel
 * still holds the time it was queued (sched_info.last_queued, in rq->clock), so
 * no wakeup hook, no clock read and no per-task storage are needed.
 * Cost: a few dependent loads and one per-CPU array access; see docs/overhead.md.
 * Cannot see: waits on a queue that a task left by migration (counted from its
 * new queue), and the wait of a task that never gets to run.
 */
#ifndef HEADROOM_CPU_H
#define HEADROOM_CPU_H

#include "maps.h"

SEC("tp_btf/sched_switch")
int BPF_PROG(hr_on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	__u64 queued = next->sched_info.last_queued, delay;
	struct hr_cpu_slot *counts;
	struct css_set *cgroups;
	struct slot slot = {};

	if (!queued) /* idle, or picked again without having waited */
		return 0;
	/* Set for tasks of every class; reaching the run queue needs no kernel symbol this way. */
	delay = next->se.cfs_rq->rq->clock - queued;
	if ((__s64)delay < 0)
		return 0;

	cgroups = next->cgroups;
	if (config.slot_mode == HR_SLOTS_CSS_ID) {
		struct cgroup_subsys_state *css = cgroups->subsys[PERF_CSS];

		slot.index = css->id;
		slot.owner = css->serial_nr;
		if (slot.index >= config.max_slots) {
			slot.index = HR_SLOT_OTHER;
			slot.owner = 0;
		}
	} else {
		slot_of_id(cgroups->dfl_cgrp->kn->id, &slot);
	}

	counts = bpf_map_lookup_elem(&hr_cpu_slots, &slot.index);
	if (!counts)
		return 0;
	if (counts->owner != slot.owner) {
		struct hr_slot *facts = first_count(&slot);

		if (facts) {
			__sync_fetch_and_or(&facts->delay_cpus, cpu_bit());
			counts->owner = slot.owner;
			counts->delay_ns = 0;
			counts->delay_count = 0;
		} else {
			slot.index = HR_SLOT_OTHER;
			counts = bpf_map_lookup_elem(&hr_cpu_slots, &slot.index);
			if (!counts)
				return 0;
		}
	}
	counts->delay_ns += delay;
	counts->delay_count++;
	return 0;
}

#endif

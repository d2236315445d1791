/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Cgroups that come and go, announced at once, so that nobody rescans.
 *
 * Hooks: tp_btf/cgroup_mkdir, tp_btf/cgroup_rmdir, tp_btf/cgroup_attach_task.
 * (cgroup_rename fires on v1 trees only.) A removed cgroup's record carries its last counters: what it
 * used since the last walk is not lost, even if no walk ever saw it. CPU time of children that went
 * in the same tick is still on its way up to it, where nothing in reach says so: user space, which
 * has their records, makes up for that (Aggregates.removed).
 */
#ifndef HEADROOM_LIFECYCLE_H
#define HEADROOM_LIFECYCLE_H

#include "sampler.bpf.h"

static __always_inline __u64 event_wakeup(void)
{
	if (bpf_ringbuf_query(&hr_records, BPF_RB_AVAIL_DATA) >= config.event_wakeup_bytes)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

static __always_inline bool on_v2(struct cgroup *cgroup)
{
	return cgroup->root->hierarchy_id == 0;
}

/*
 * CPU time not yet flushed into cgroup->bstat. Flushing sleeps, which a
 * tracepoint must not, so the per-CPU remainders are read where they lie.
 */
static __always_inline __u64 unflushed_cpu_ns(struct cgroup *cgroup)
{
	void *base;
	__u64 sum = 0;
	__u32 cpu;

	if (bpf_core_field_exists(cgroup->rstat_base_cpu))
		base = BPF_CORE_READ(cgroup, rstat_base_cpu); /* as a number, to add to */
	else
		base = (void *)BPF_CORE_READ((struct cgroup___before_6_16 *)cgroup, rstat_cpu);

	for (cpu = 0; cpu < config.cpus; cpu++) {
		__u64 offset = percpu_offset(cpu), now, flushed;

		if (!offset)
			continue;
		if (bpf_core_type_exists(struct cgroup_rstat_base_cpu)) {
			struct cgroup_rstat_base_cpu *at = base + offset;

			now = BPF_CORE_READ(at, bstat.cputime.sum_exec_runtime);
			flushed = BPF_CORE_READ(at, last_bstat.cputime.sum_exec_runtime);
		} else {
			struct cgroup_rstat_cpu *at = base + offset;

			now = BPF_CORE_READ(at, bstat.cputime.sum_exec_runtime);
			flushed = BPF_CORE_READ(at, last_bstat.cputime.sum_exec_runtime);
		}
		sum += now - flushed;
	}
	return sum;
}

static __always_inline struct hr_slot *fill_removed(struct hr_sample *sample,
						    struct cgroup *cgroup, __u64 id,
						    struct slot *slot)
{
	__builtin_memset(sample, 0, sizeof(*sample));
	sample->kind = HR_KIND_REMOVED;
	sample->time_ns = bpf_ktime_get_ns();
	sample->cpu_usage_ns = cgroup->bstat.cputime.sum_exec_runtime + unflushed_cpu_ns(cgroup);
	return fill_sample(sample, cgroup, id, slot);
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(hr_on_mkdir, struct cgroup *cgroup, const char *path)
{
	struct hr_created *created;
	struct slot slot;
	__u32 zero = 0;
	long length;

	if (!on_v2(cgroup))
		return 0;
	slot_of_cgroup(cgroup, cgroup->kn->id, &slot);
	created = bpf_map_lookup_elem(&hr_scratch, &zero);
	if (!created)
		return 0;
	length = bpf_probe_read_kernel_str(created->path, sizeof(created->path), path);
	if (length < 1)
		length = 1;
	created->kind = HR_KIND_CREATED;
	created->path_bytes = length;
	created->time_ns = bpf_ktime_get_ns();
	created->cgroup_id = cgroup->kn->id;
	length = (length + 7) & ~7ul;
	if (length > HR_PATH_MAX)
		length = HR_PATH_MAX;
	if (bpf_ringbuf_output(&hr_records, created, HR_CREATED_HEADER + (length & (2 * HR_PATH_MAX - 1)),
			       event_wakeup()))
		count_loss(HR_LOSS_CREATED_RING_FULL);
	return 0;
}

/*
 * Nothing is counted for a cgroup whose last record is made: what is under way still (a disk
 * request, the waits of a task that exits) finds no owner and counts for "other". In hash mode, and
 * for packets, there is no slot to be found by then.
 */
static __always_inline void disown(struct cgroup *cgroup, __u64 id)
{
	struct hr_slot *facts = known_slot(cgroup, id);
	__u32 cpu, index;

	if (!facts)
		return;
	facts->owner = 0;
	if (config.slot_mode != HR_SLOTS_CSS_ID)
		return;
	index = css_at(cgroup, PERF_CSS)->id;
	for (cpu = 0; cpu < config.cpus; cpu++) {
		struct hr_cpu_slot *counts = bpf_map_lookup_percpu_elem(&hr_cpu_slots, &index, cpu);

		if (counts)
			counts->owner = 0;
	}
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(hr_on_rmdir, struct cgroup *cgroup, const char *path)
{
	struct hr_sample *sample;
	struct hr_slot *facts;
	struct slot slot;
	__u64 id;

	if (!on_v2(cgroup))
		return 0;
	id = cgroup->kn->id;
	if (config.user_walk && late_count && late_given == late_count) {
		late_given = 0;
		late_count = 0;
	}
	sample = bpf_ringbuf_reserve(&hr_records, sizeof(*sample), 0);
	if (sample) {
		facts = fill_removed(sample, cgroup, id, &slot);
		if (facts) {
			/* No task is left in it: all its steps are there. */
			struct steps_taken steps = { .from = steps_from_ns / HR_BURST_NS, .told = true };

			steps.to = steps.from + HR_BURST_STEPS - HR_BURST_GROUP;
			give_detail(sample, cgroup, facts, &slot, &steps);
			give_steps(facts, slot.index, id, &steps);
		}
		bpf_ringbuf_submit(sample, event_wakeup());
	} else {
		sample = bpf_map_lookup_elem(&hr_late_removals, &late_count);
		if (sample) {
			fill_removed(sample, cgroup, id, &slot);
			barrier(); /* hr_give_late reads what is counted */
			late_count++;
		} else {
			count_loss(HR_LOSS_REMOVED_RING_FULL);
		}
	}
	disown(cgroup, id);

	if (config.slot_mode == HR_SLOTS_HASH) {
		struct hr_slot_ref *ref = bpf_map_lookup_elem(&hr_cgroups, &id);
		__u32 slot = ref ? ref->slot : HR_SLOT_OTHER;

		if (slot != HR_SLOT_OTHER)
			give_slot_back(slot);
	}
	bpf_map_delete_elem(&hr_cgroups, &id);
	return 0;
}

/*
 * A task that moves itself to another cgroup: what it ran until now is the old one's. One that is
 * moved while it runs elsewhere counts for its old cgroup until it switches.
 */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(hr_on_attach, struct cgroup *cgroup, const char *path, struct task_struct *task)
{
	struct hr_running *running;
	struct slot slot = {};
	__u32 zero = 0;

	if (!config.bursts || !on_v2(cgroup) || task->pid != (int)bpf_get_current_pid_tgid())
		return 0;
	running = bpf_map_lookup_elem(&hr_running, &zero);
	if (!running)
		return 0;
	charge(running, task->se.cfs_rq->rq->clock);
	running->since_ns = task->se.cfs_rq->rq->clock;
	slot_of_task(task->cgroups, &slot);
	running->owner = slot.owner;
	running->slot = slot.index;
	return 0;
}

/* For a walk in user space, run as it begins: waits from now on count for the next one's maxima. */
SEC("raw_tp/hr_begin_walk")
int hr_begin_walk(void *ctx)
{
	max_walk++;
	return 0;
}

/*
 * For a walk in user space: hands over the removals that found the ring full. Run by request;
 * only removals set the counts back, and only once all of them are given.
 */
SEC("raw_tp/hr_give_late")
int hr_give_late(void *ctx)
{
	give_late_removals();
	return 0;
}

#endif

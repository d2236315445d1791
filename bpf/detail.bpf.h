/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a cgroup's sample has no room for, as a record beside it: of cgroups that did something,
 * and of all now and then. Why so: docs/decisions/020-details-and-steps.md.
 */
#ifndef HEADROOM_DETAIL_H
#define HEADROOM_DETAIL_H

#include "cpu.bpf.h"
#include "maps.h"
#include "memory.bpf.h"
#include "percpu.h"
#include "steps.bpf.h"

/* Run-queue delay and TCP of one CPU; its step under way, if this walk is to take it. */
static __always_inline void add_cpu_detail(struct hr_detail *detail, const struct slot *slot,
					   const struct hr_cpu_slot *c,
					   const struct steps_taken *steps)
{
	__u64 longest;
	__u32 bucket;

	if (!c || c->owner != slot->owner)
		return;
	for (bucket = 0; bucket < HR_DELAY_BUCKETS; bucket++)
		detail->delay_buckets[bucket] += c->delay_buckets[bucket];
	longest = longest_wait(c);
	if (longest > detail->delay_max_ns)
		detail->delay_max_ns = longest;
	if (config.bursts && c->step_ns && (__s32)(c->step - (__u32)steps->from) >= 0 &&
	    (__s32)(c->step - (__u32)steps->to) < 0)
		share_step(slot->index, slot->owner, c->step, c->step_ns);
}

static __always_inline void add_net_detail(struct hr_detail *detail, const struct slot *slot,
					   const struct hr_net_slot *n)
{
	if (!n || n->owner != slot->owner)
		return;
	detail->tcp_retransmits += n->retransmits;
	detail->tcp_connects += n->connects;
	detail->tcp_accepts += n->accepts;
}

static __always_inline void add_disk_detail(struct hr_detail *detail, __u32 slot)
{
	__u32 shard, bucket;

	for (shard = 0; shard < HR_DISK_SHARDS; shard++) {
		struct hr_disk_slot *d = disk_shard(slot, shard);

		if (!d)
			break;
		detail->disk_read_errors += d->read_errors;
		detail->disk_write_errors += d->write_errors;
		for (bucket = 0; bucket < HR_DISK_BUCKETS; bucket++) {
			detail->disk_read_buckets[bucket] += d->read_buckets[bucket];
			detail->disk_write_buckets[bucket] += d->write_buckets[bucket];
		}
	}
}

/*
 * Every CPU's copy, where it lies, before 5.19. Not by the sets of CPUs, which such kernels may be
 * unable to keep. By way of hr_scratch: the stack has no room for copies.
 */
static __noinline int add_copies_in_place(struct hr_detail *detail, const struct slot *slot,
					  const struct steps_taken *steps)
{
	__u64 c_at = percpu_element(&hr_cpu_slots, slot->index);
	__u64 n_at = percpu_element(&hr_net_slots, slot->index);
	__u32 cpu, zero = 0;
	void *room = bpf_map_lookup_elem(&hr_scratch, &zero);
	struct hr_cpu_slot *c = room;
	struct hr_net_slot *n = room + sizeof(*c);

	if (!room)
		return 0;
	for (cpu = 0; cpu < config.cpus; cpu++) {
		__u64 offset = percpu_offset(cpu);

		if (!offset)
			continue;
		if (bpf_probe_read_kernel(c, sizeof(*c), (void *)(c_at + offset)) ||
		    bpf_probe_read_kernel(n, sizeof(*n), (void *)(n_at + offset)))
			continue;
		add_cpu_detail(detail, slot, c, steps);
		add_net_detail(detail, slot, n);
	}
	return 0;
}

static __always_inline void fill_counts(struct hr_detail *detail, const struct slot *slot,
					const struct hr_slot *facts,
					const struct steps_taken *steps)
{
	__u32 cpu;

	if (facts->disk_used)
		add_disk_detail(detail, slot->index);
	detail->parts |= HR_PART_COUNTS;
	if (!config.percpu_lookup) {
		add_copies_in_place(detail, slot, steps);
		return;
	}
	for (cpu = 0; cpu < config.cpus; cpu++) {
		__u64 bit = 1ull << (cpu & 63);

		if (facts->delay_cpus & bit)
			add_cpu_detail(detail, slot,
				       bpf_map_lookup_percpu_elem(&hr_cpu_slots, &slot->index, cpu),
				       steps);
		if (facts->net_cpus & bit)
			add_net_detail(detail, slot,
				       bpf_map_lookup_percpu_elem(&hr_net_slots, &slot->index, cpu));
	}
}

static __always_inline void fill_cpu(struct hr_detail *detail, struct cgroup *cgroup)
{
	if (cgroup->level == 0) /* user space reads the host's own files for the root */
		return;
	detail->cpu_user_ns = cgroup->bstat.cputime.utime;
	detail->cpu_system_ns = cgroup->bstat.cputime.stime;
	detail->parts |= HR_PART_CPU;
	if (config.cpu_on_v2) {
		struct cgroup_subsys_state *css = css_at(
			cgroup, bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id));
		struct task_group *tg = (void *)css;

		if (!css)
			return;
		detail->parts |= HR_PART_THROTTLE | HR_PART_CPU_LIMIT;
		detail->periods = BPF_CORE_READ(tg, cfs_bandwidth.nr_periods);
		detail->throttled_periods = BPF_CORE_READ(tg, cfs_bandwidth.nr_throttled);
		detail->throttled_ns = BPF_CORE_READ(tg, cfs_bandwidth.throttled_time);
		detail->cpu_limit_quota_ns = BPF_CORE_READ(tg, cfs_bandwidth.quota);
		if ((__s64)detail->cpu_limit_quota_ns < 0) /* none */
			detail->cpu_limit_quota_ns = 0;
		detail->cpu_limit_period_ns = BPF_CORE_READ(tg, cfs_bandwidth.period);
	}
}

#define PRESSURE(index, state)                                                                 \
	detail->pressure_ns[index] =                                                           \
		group->total[bpf_core_enum_value(enum psi_states, state)]

static __always_inline void fill_pressure(struct hr_detail *detail, struct cgroup *cgroup)
{
	struct psi_group *group;

	if (!config.pressure)
		return;
	group = cgroup->psi;
	if (!group)
		return;
	detail->pressure_time_ns = group->avg_last_update;
	PRESSURE(0, PSI_CPU_SOME);
	PRESSURE(1, PSI_CPU_FULL);
	PRESSURE(2, PSI_MEM_SOME);
	PRESSURE(3, PSI_MEM_FULL);
	PRESSURE(4, PSI_IO_SOME);
	PRESSURE(5, PSI_IO_FULL);
	detail->parts |= HR_PART_PRESSURE;
}

/*
 * What a cgroup did, in ns of CPU time or its worth: a packet or a disk request counts for enough
 * to be told of.
 */
static __always_inline __u64 mark_of(const struct hr_sample *sample)
{
	return sample->cpu_usage_ns +
	       (sample->net_rx_packets + sample->net_tx_packets + sample->disk_read_ops +
		sample->disk_write_ops) * HR_DETAIL_NS;
}

/* An empty record of the cgroup's details beside `sample`; NULL, and counted, without room. */
static __always_inline struct hr_detail *begin_detail(const struct hr_sample *sample)
{
	struct hr_detail *detail = bpf_ringbuf_reserve(&hr_records, sizeof(*detail), 0);

	if (!detail) {
		count_loss(HR_LOSS_DETAIL_RING_FULL);
		return NULL;
	}
	__builtin_memset(detail, 0, sizeof(*detail));
	detail->kind = HR_KIND_DETAIL;
	detail->time_ns = sample->time_ns;
	detail->cgroup_id = sample->cgroup_id;
	return detail;
}

static __always_inline void give_detail(const struct hr_sample *sample, struct cgroup *cgroup,
					struct hr_slot *facts, const struct slot *slot,
					const struct steps_taken *steps)
{
	struct hr_detail *detail = begin_detail(sample);

	if (!detail)
		return;
	facts->told = mark_of(sample);
	fill_cpu(detail, cgroup);
	fill_pressure(detail, cgroup);
	fill_memory(detail, cgroup, facts);
	fill_counts(detail, slot, facts, steps);
	bpf_ringbuf_submit(detail, BPF_RB_NO_WAKEUP);
}

/* What could be charged to no cgroup, beyond what the end record holds. */
static __always_inline void give_other(const struct hr_sample *other)
{
	static __u64 told;
	struct hr_slot every = { .delay_cpus = ~0ull, .net_cpus = ~0ull, .disk_used = 1 };
	struct slot slot = {};
	struct hr_detail *detail;

	if (mark_of(other) + other->delay_count == told)
		return;
	detail = begin_detail(other);
	if (!detail)
		return;
	told = mark_of(other) + other->delay_count;
	fill_counts(detail, &slot, &every, &walk_steps);
	bpf_ringbuf_submit(detail, BPF_RB_NO_WAKEUP);
}

#endif

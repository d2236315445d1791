/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The sampler walk: one record per cgroup and tick, root first.
 *
 * Hook: iter.s/cgroup over the v2 tree, parents before children. The first
 * callback flushes rstat once for the whole tree; after it every cgroup's CPU
 * time is a load. All samples of a walk share one time stamp, also where a
 * small ring makes it take several passes.
 */
#ifndef HEADROOM_SAMPLER_H
#define HEADROOM_SAMPLER_H

#include "cpu.bpf.h"
#include "maps.h"
#include "memory.bpf.h"
#include "percpu.h"

extern void css_rstat_flush(struct cgroup_subsys_state *css) __ksym __weak;
extern void cgroup_rstat_flush(struct cgroup *cgroup) __ksym __weak;

/*
 * A ring too small for a whole walk: the pass stops giving samples where the room ends,
 * user space drains, says here how many samples it has, and walks again from there.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} hr_walk_from SEC(".maps");

/* Removals that found the ring full. Removals and walks run under the kernel's cgroup_mutex. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HR_LATE_REMOVALS);
	__type(key, __u32);
	__type(value, struct hr_sample);
} hr_late_removals SEC(".maps");

static __u32 late_given; /* of them, handed over already */
static __u32 late_count;

static __u64 walk;
static __u64 walk_time_ns;
static __u32 walk_from;
static __u32 walk_visited;
static bool walk_is_full;
/* Not static: clang would take it apart, and its type information would no longer be true. */
struct steps_taken {
	__u64 from, to;
	bool told; /* false: they are thrown away, as older ones lie under them */
} walk_steps; /* that this walk takes */

/* What the CPUs counted for a slot, added up; what does not fit into hr_sample beside it. */
static __always_inline void add_cpu(struct hr_sample *sample, __u64 owner,
				    const struct hr_cpu_slot *c)
{
	if (c && c->owner == owner) {
		sample->delay_ns += c->delay_ns;
		sample->delay_count += c->delay_count;
	}
}

static __always_inline void add_net(struct hr_sample *sample, __u64 owner,
				    const struct hr_net_slot *n)
{
	if (n && n->owner == owner) {
		sample->net_rx_bytes += n->rx_bytes;
		sample->net_rx_packets += n->rx_packets;
		sample->net_tx_bytes += n->tx_bytes;
		sample->net_tx_packets += n->tx_packets;
	}
}

/* As read_slots for the per-CPU maps, before 5.19: every CPU's copy, where it lies. */
static __always_inline void read_slots_in_place(struct hr_sample *sample, const struct slot *slot)
{
	__u64 c_at = percpu_element(&hr_cpu_slots, slot->index);
	__u64 n_at = percpu_element(&hr_net_slots, slot->index);
	__u32 cpu;

	for (cpu = 0; cpu < config.cpus; cpu++) {
		__u64 offset = percpu_offset(cpu);
		struct hr_net_slot n;
		struct hr_cpu_slot c;
		const __u32 head = offsetof(struct hr_cpu_slot, max_walk);

		if (!offset)
			continue;
		if (bpf_probe_read_kernel(&c, head, (void *)(c_at + offset)) ||
		    bpf_probe_read_kernel(&n, sizeof(n), (void *)(n_at + offset)))
			continue;
		add_cpu(sample, slot->owner, &c);
		add_net(sample, slot->owner, &n);
	}
}

static __always_inline void read_disk(struct hr_sample *sample, __u32 slot)
{
	__u32 shard;

	for (shard = 0; shard < HR_DISK_SHARDS; shard++) {
		__u32 index = slot * config.disk_shards + shard;
		struct hr_disk_slot *d;

		if (shard >= config.disk_shards)
			break;
		d = bpf_map_lookup_elem(&hr_disk_slots, &index);
		if (!d)
			break;
		sample->disk_read_bytes += d->read_bytes;
		sample->disk_read_ops += d->read_ops;
		sample->disk_read_latency_ns += d->read_latency_ns;
		sample->disk_write_bytes += d->write_bytes;
		sample->disk_write_ops += d->write_ops;
		sample->disk_write_latency_ns += d->write_latency_ns;
	}
}

/*
 * Adds up the slot over the CPUs that counted for it: most cgroups use few CPUs, no
 * network and no disk, and each look-up is a call and two cache misses.
 */
static __always_inline void read_slots(struct hr_sample *sample, const struct slot *slot,
				       __u64 delay_cpus, __u64 net_cpus, bool disk_used)
{
	__u32 cpu;

	if (disk_used)
		read_disk(sample, slot->index);
	if (!config.percpu_lookup) {
		read_slots_in_place(sample, slot);
		return;
	}
	if (!(delay_cpus | net_cpus))
		return;
	for (cpu = 0; cpu < config.cpus; cpu++) {
		__u64 bit = 1ull << (cpu & 63);

		if (delay_cpus & bit)
			add_cpu(sample, slot->owner,
				bpf_map_lookup_percpu_elem(&hr_cpu_slots, &slot->index, cpu));
		if (net_cpus & bit)
			add_net(sample, slot->owner,
				bpf_map_lookup_percpu_elem(&hr_net_slots, &slot->index, cpu));
	}
}

/* Run-queue delay and TCP of one CPU; its step under way, if this walk is to take it. */
static __always_inline void add_cpu_detail(struct hr_detail *detail, const struct slot *slot,
					   const struct hr_cpu_slot *c,
					   const struct steps_taken *steps)
{
	__u32 bucket;

	if (!c || c->owner != slot->owner)
		return;
	for (bucket = 0; bucket < HR_DELAY_BUCKETS; bucket++)
		detail->delay_buckets[bucket] += c->delay_buckets[bucket];
	if (max_walk - c->max_walk <= 1 && c->delay_max_ns > detail->delay_max_ns)
		detail->delay_max_ns = c->delay_max_ns;
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
		__u32 index = slot * config.disk_shards + shard;
		struct hr_disk_slot *d;

		if (shard >= config.disk_shards)
			break;
		d = bpf_map_lookup_elem(&hr_disk_slots, &index);
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

static __always_inline void fill_counts(struct hr_detail *detail, const struct slot *slot,
					const struct hr_slot *facts,
					const struct steps_taken *steps)
{
	__u32 cpu;

	if (facts->disk_used)
		add_disk_detail(detail, slot->index);
	detail->parts |= HR_PART_COUNTS;
	if (!config.percpu_lookup)
		return;
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

static __always_inline void give_detail(const struct hr_sample *sample, struct cgroup *cgroup,
					struct hr_slot *facts, const struct slot *slot,
					const struct steps_taken *steps)
{
	struct hr_detail *detail = bpf_ringbuf_reserve(&hr_records, sizeof(*detail), 0);

	if (!detail) {
		count_loss(HR_LOSS_DETAIL_RING_FULL);
		return;
	}
	facts->told = mark_of(sample);
	__builtin_memset(detail, 0, sizeof(*detail));
	detail->kind = HR_KIND_DETAIL;
	detail->time_ns = sample->time_ns;
	detail->cgroup_id = sample->cgroup_id;
	fill_cpu(detail, cgroup);
	fill_pressure(detail, cgroup);
	fill_memory(detail, cgroup, facts);
	fill_counts(detail, slot, facts, steps);
	bpf_ringbuf_submit(detail, BPF_RB_NO_WAKEUP);
}

/*
 * Details are told of a cgroup that used 0.1 ms of CPU time since the last ones, and of every
 * cgroup once in HR_DETAIL_WALKS: pressure and limits change without it.
 */
static __always_inline bool has_news(const struct hr_sample *sample, const struct hr_slot *facts,
				     const struct slot *slot)
{
	return mark_of(sample) - facts->told >= HR_DETAIL_NS ||
	       (walk + slot->index) % HR_DETAIL_WALKS == 0;
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
 * From here on this walk takes all steps before now, and hooks add to later ones only. Tasks
 * that have not switched since the walk before get what they ran until now.
 */
static __always_inline void take_steps(void)
{
	struct task_struct *current = bpf_get_current_task_btf();
	__u64 before = steps_from_ns, now = current->se.cfs_rq->rq->clock;
	__u32 zero = 0, cpu;

	now -= now % HR_BURST_NS;
	walk_steps.from = before / HR_BURST_NS;
	walk_steps.to = now / HR_BURST_NS;
	/* Steps older than those kept have later ones added to them. */
	walk_steps.told =
		before && walk_steps.to - walk_steps.from <= HR_BURST_STEPS - HR_BURST_GROUP;
	steps_from_ns = now;
	if (!walk_steps.told) {
		walk_steps.from = walk_steps.to - (HR_BURST_STEPS - HR_BURST_GROUP);
		return;
	}
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

/* Fills everything but kind, walk, time and CPU. Returns what is known of its slot, or NULL. */
static __always_inline struct hr_slot *fill_sample(struct hr_sample *sample, struct cgroup *cgroup,
						   __u64 id, struct slot *slot)
{
	struct hr_slot *facts;

	sample->cgroup_id = id;
	facts = slot_of_cgroup(cgroup, id, slot);
	if (cgroup->level == 0)
		sample->flags |= HR_SAMPLE_ROOT;
	if (facts)
		read_slots(sample, slot, facts->delay_cpus, facts->net_cpus, facts->disk_used);
	else
		sample->flags |= HR_SAMPLE_NO_SLOT;

	if (config.memcg_on_v2 && memcg_bytes(cgroup, &sample->memory_bytes)) {
		sample->flags |= HR_SAMPLE_MEMORY_MEMCG;
	} else if (config.rss_walk && facts) {
		sample->memory_bytes = rss_bytes(facts);
		sample->flags |= HR_SAMPLE_MEMORY_RSS;
	}
	return facts;
}

static __always_inline void give_late_removals(void)
{
	__u32 index;

	for (index = 0; index < HR_LATE_REMOVALS; index++) {
		__u32 at = late_given;
		struct hr_sample *late;

		if (at >= late_count)
			break;
		late = bpf_map_lookup_elem(&hr_late_removals, &at);
		if (!late || bpf_ringbuf_output(&hr_records, late, sizeof(*late), BPF_RB_NO_WAKEUP))
			return;
		late_given++;
	}
	if (config.user_walk) /* not under cgroup_mutex: the next removal sets them back */
		return;
	late_given = 0;
	late_count = 0;
}

static __always_inline void start_pass(struct cgroup *root)
{
	__u32 zero = 0, *from = bpf_map_lookup_elem(&hr_walk_from, &zero);

	walk_from = from ? *from : 0;
	walk_visited = 0;
	walk_is_full = false;
	if (walk_from)
		return;
	if (config.flush_mode == HR_FLUSH_CSS)
		css_rstat_flush(&root->self);
	else if (config.flush_mode == HR_FLUSH_CGROUP)
		cgroup_rstat_flush(root);
	walk++;
	walk_time_ns = bpf_ktime_get_ns();
	max_walk = walk + 1;
	if (config.bursts)
		take_steps();
	give_late_removals();
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
	detail = bpf_ringbuf_reserve(&hr_records, sizeof(*detail), 0);
	if (!detail) {
		count_loss(HR_LOSS_DETAIL_RING_FULL);
		return;
	}
	told = mark_of(other) + other->delay_count;
	__builtin_memset(detail, 0, sizeof(*detail));
	detail->kind = HR_KIND_DETAIL;
	detail->time_ns = other->time_ns;
	fill_counts(detail, &slot, &every, &walk_steps);
	bpf_ringbuf_submit(detail, BPF_RB_NO_WAKEUP);
}

static __always_inline void end_walk(void)
{
	struct slot other = {};
	struct hr_walk_end *end;

	if (walk_is_full)
		return;
	end = bpf_ringbuf_reserve(&hr_records, sizeof(*end), 0);
	if (!end) {
		count_loss(HR_LOSS_SAMPLE_RING_FULL);
		return;
	}
	__builtin_memset(end, 0, sizeof(*end));
	end->kind = HR_KIND_WALK_END;
	end->visited = walk_visited;
	end->walk = walk;
	end->time_ns = walk_time_ns;
	end->end_ns = bpf_ktime_get_ns();
	if (config.bursts && walk_steps.told) {
		end->burst_from = walk_steps.from;
		end->burst_to = walk_steps.to;
	}
	end->other.kind = HR_KIND_SAMPLE;
	end->other.time_ns = walk_time_ns;
	read_slots(&end->other, &other, ~0ull, ~0ull, true);
	give_other(&end->other);
	bpf_ringbuf_submit(end, BPF_RB_NO_WAKEUP);
}

SEC("iter.s/cgroup")
int hr_walk_cgroups(struct bpf_iter__cgroup *ctx)
{
	struct cgroup *cgroup = ctx->cgroup;
	struct hr_sample *sample;
	struct hr_slot *facts;
	struct slot slot;

	if (!cgroup) {
		end_walk();
		return 0;
	}
	if (ctx->meta->seq_num == 0)
		start_pass(cgroup);
	walk_visited++;
	if (walk_is_full || walk_visited <= walk_from)
		return 0;

	sample = bpf_ringbuf_reserve(&hr_records, sizeof(*sample), 0);
	if (!sample) {
		walk_is_full = true;
		count_loss(HR_LOSS_SAMPLE_RING_FULL);
		return 0;
	}
	__builtin_memset(sample, 0, sizeof(*sample));
	sample->kind = HR_KIND_SAMPLE;
	sample->walk = walk;
	sample->time_ns = walk_time_ns;
	sample->cpu_usage_ns = cgroup->bstat.cputime.sum_exec_runtime;
	facts = fill_sample(sample, cgroup, cgroup->kn->id, &slot);
	if (facts) {
		if (has_news(sample, facts, &slot))
			give_detail(sample, cgroup, facts, &slot, &walk_steps);
		give_steps(facts, slot.index, sample->cgroup_id, &walk_steps);
	}
	bpf_ringbuf_submit(sample, BPF_RB_NO_WAKEUP);
	return 0;
}

#endif

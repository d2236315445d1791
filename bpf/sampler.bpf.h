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

#include "detail.bpf.h"
#include "maps.h"
#include "memory.bpf.h"
#include "percpu.h"
#include "steps.bpf.h"

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

/* What the CPUs counted for a slot, added up. */
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
		struct hr_disk_slot *d = disk_shard(slot, shard);

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
	__u64 before = 0;

	walk_from = from ? *from : 0;
	walk_visited = 0;
	walk_is_full = false;
	if (walk_from)
		return;
	if (config.flush_mode == HR_FLUSH_CSS)
		css_rstat_flush(&root->self);
	else if (config.flush_mode == HR_FLUSH_CGROUP)
		cgroup_rstat_flush(root);
	if (config.bursts)
		before = draw_line();
	walk++;
	walk_time_ns = bpf_ktime_get_ns();
	max_walk = walk + 1;
	give_late_removals();
	if (config.bursts) /* not right after the line: steps.bpf.h says why */
		take_running(before);
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

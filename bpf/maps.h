/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Maps and helpers that more than one subject uses.
 *
 * Slots: each cgroup has a small number, and each subject a per-CPU array
 * indexed by it, so that an event costs one array access and an add on a cache
 * line no other CPU touches. Sizes below are minima; user space sets the real
 * ones before load.
 */
#ifndef HEADROOM_MAPS_H
#define HEADROOM_MAPS_H

#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "abi.h"

const volatile struct hr_config config SEC(".rodata.config");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} hr_records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HR_LOSS_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} hr_losses SEC(".maps");

/* cgroup id -> slot, for hooks that see only an id, and for all in hash mode. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct hr_slot_ref);
} hr_cgroups SEC(".maps");

/*
 * Hash mode: a stack of slots; those from `slots_taken` on are nobody's. Filled by user
 * space. An array, because the sleepable walk may not use a stack map before 6.2; plain,
 * because births, deaths and walks all run under the kernel's cgroup_mutex.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} hr_free_slots SEC(".maps");

static __u32 slots_taken; /* beyond config.slots_given; wraps below zero when those come back */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hr_cpu_slot);
} hr_cpu_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hr_net_slot);
} hr_net_slots SEC(".maps");

/* Shard s of a slot at slot * config.disk_shards + s. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hr_disk_slot);
} hr_disk_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hr_steps);
} hr_steps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hr_slot);
} hr_slots SEC(".maps");

static __always_inline void count_loss(__u32 cause)
{
	__u64 *count = bpf_map_lookup_elem(&hr_losses, &cause);

	if (count)
		__sync_fetch_and_add(count, 1);
}

/* A slot found for a cgroup. slot 0 (HR_SLOT_OTHER) has owner 0. */
struct slot {
	__u64 owner;
	__u32 index;
};

/* Looks a cgroup id up; false when it has no slot yet. */
static __always_inline bool slot_of_id(__u64 cgroup_id, struct slot *out)
{
	struct hr_slot_ref *ref = bpf_map_lookup_elem(&hr_cgroups, &cgroup_id);

	if (!ref) {
		out->owner = 0;
		out->index = HR_SLOT_OTHER;
		return false;
	}
	out->owner = ref->owner;
	out->index = ref->slot;
	return true;
}

/*
 * Index of the perf_event controller, which the kernel enables on every v2
 * cgroup unless it is mounted on a v1 tree. Only meaningful in css-id mode.
 */
#define PERF_CSS ((__u32)bpf_core_enum_value(enum cgroup_subsys_id, perf_event_cgrp_id))

/*
 * A controller's state for `cgroup`. The index is a relocated constant, so the
 * verifier sees a plain load at a known offset.
 */
static __always_inline struct cgroup_subsys_state *css_at(struct cgroup *cgroup, __u32 index)
{
	return cgroup->subsys[index];
}

/* The slot that a task's events are counted in; "other" when it has none. */
static __always_inline void slot_of_task(struct css_set *cgroups, struct slot *slot)
{
	if (config.slot_mode == HR_SLOTS_CSS_ID) {
		struct cgroup_subsys_state *css = cgroups->subsys[PERF_CSS];

		slot->index = css->id;
		slot->owner = css->serial_nr;
		if (slot->index >= config.max_slots) {
			slot->index = HR_SLOT_OTHER;
			slot->owner = 0;
		}
	} else {
		slot_of_id(cgroups->dfl_cgrp->kn->id, slot);
	}
}

/* Takes a slot from the stack; 0 when there is none. */
static __always_inline __u32 take_slot(void)
{
	__u32 top = config.slots_given + slots_taken;
	__u32 *slot = bpf_map_lookup_elem(&hr_free_slots, &top);

	if (!slot || !*slot)
		return 0;
	slots_taken++;
	return *slot;
}

static __always_inline void give_slot_back(__u32 index)
{
	__u32 top = config.slots_given + slots_taken - 1;
	__u32 *slot = bpf_map_lookup_elem(&hr_free_slots, &top);

	if (!slot)
		return;
	*slot = index;
	slots_taken--;
}

/* A slot's disk counts in one shard; NULL when there are not so many shards. */
static __always_inline struct hr_disk_slot *disk_shard(__u32 slot, __u32 shard)
{
	__u32 index = slot * config.disk_shards + shard;

	return shard < config.disk_shards ? bpf_map_lookup_elem(&hr_disk_slots, &index) : NULL;
}

/*
 * Wipes what CPUs share of a slot. A function of its own, so that the verifier reads its loop
 * once. Counts of the tenant before that are still under way find another owner.
 */
__noinline int wipe_shared(__u32 slot)
{
	struct hr_steps *steps = bpf_map_lookup_elem(&hr_steps, &slot);
	__u32 shard;

	if (steps)
		__builtin_memset(steps, 0, sizeof(*steps));
	for (shard = 0; shard < HR_DISK_SHARDS; shard++) {
		struct hr_disk_slot *counts = disk_shard(slot, shard);

		if (!counts)
			break;
		__builtin_memset(counts, 0, sizeof(*counts));
	}
	return 0;
}

/* Gives `slot` to a new tenant; false when the slot map does not reach so far. */
static __always_inline bool settle(struct hr_slot *facts, __u64 cgroup_id, __u32 slot,
				   __u64 owner)
{
	struct hr_slot_ref ref = { .owner = owner, .slot = slot };

	if (bpf_map_update_elem(&hr_cgroups, &cgroup_id, &ref, BPF_ANY))
		return false;
	__builtin_memset(facts, 0, sizeof(*facts));
	wipe_shared(slot);
	facts->owner = owner;
	return true;
}

/*
 * Finds the slot that events of `cgroup` are counted in, making one if needed; NULL and
 * slot "other" when there is none to be had. In css-id mode a known cgroup takes no
 * hash look-up, so that a walk goes through memory in order.
 */
static __always_inline struct hr_slot *slot_of_cgroup(struct cgroup *cgroup, __u64 id,
							  struct slot *out)
{
	struct hr_slot *facts;

	if (config.slot_mode == HR_SLOTS_CSS_ID) {
		struct cgroup_subsys_state *css = css_at(cgroup, PERF_CSS);

		if (!css || css->id == 0)
			goto none;
		out->index = css->id;
		out->owner = css->serial_nr;
		facts = bpf_map_lookup_elem(&hr_slots, &out->index); /* NULL: beyond max_slots */
		if (facts && (facts->owner == out->owner || settle(facts, id, out->index, out->owner)))
			return facts;
	} else {
		if (slot_of_id(id, out))
			return bpf_map_lookup_elem(&hr_slots, &out->index);
		out->index = take_slot();
		if (!out->index)
			goto none;
		out->owner = id;
		facts = bpf_map_lookup_elem(&hr_slots, &out->index);
		if (facts && settle(facts, id, out->index, out->owner))
			return facts;
	}
none:
	count_loss(HR_LOSS_SLOT_OVERFLOW);
	out->owner = 0;
	out->index = HR_SLOT_OTHER;
	return NULL;
}

/* The slot of a cgroup that has one, for hooks that may not make it: NULL when it has none. */
static __always_inline struct hr_slot *known_slot(struct cgroup *cgroup, __u64 id)
{
	struct hr_slot *facts;
	struct slot slot;

	if (config.slot_mode == HR_SLOTS_CSS_ID) {
		struct cgroup_subsys_state *css = css_at(cgroup, PERF_CSS);

		if (!css)
			return NULL;
		slot.index = css->id;
		slot.owner = css->serial_nr;
	} else if (!slot_of_id(id, &slot)) {
		return NULL;
	}
	facts = bpf_map_lookup_elem(&hr_slots, &slot.index);
	return facts && facts->owner == slot.owner ? facts : NULL;
}

/* Tells something at once: wakes the agent. */
static __always_inline void tell(__u32 what, __u64 cgroup_id, __u64 value)
{
	struct hr_event *event = bpf_ringbuf_reserve(&hr_records, sizeof(*event), 0);

	if (!event) {
		count_loss(HR_LOSS_EVENT_RING_FULL);
		return;
	}
	event->kind = HR_KIND_EVENT;
	event->what = what;
	event->time_ns = bpf_ktime_get_ns();
	event->cgroup_id = cgroup_id;
	event->value = value;
	bpf_ringbuf_submit(event, BPF_RB_FORCE_WAKEUP);
}

/* floor(log2(value)) + 1; 0 for 0. */
static __always_inline __u32 bit_length(__u64 value)
{
	__u32 length = 0;

	if (value >> 32) {
		value >>= 32;
		length += 32;
	}
	if (value >> 16) {
		value >>= 16;
		length += 16;
	}
	if (value >> 8) {
		value >>= 8;
		length += 8;
	}
	if (value >> 4) {
		value >>= 4;
		length += 4;
	}
	if (value >> 2) {
		value >>= 2;
		length += 2;
	}
	return length + (value >> 1 ? 2 : value);
}

/* Bucket of `count` for `ns`: 0 below 2^shift, then one a power of two. */
static __always_inline __u32 bucket_of(__u64 ns, __u32 shift, __u32 count)
{
	__u32 bucket = bit_length(ns >> shift);

	return bucket < count ? bucket : count - 1;
}

/* This CPU's bit in the sets of hr_slot. */
static __always_inline __u64 cpu_bit(void)
{
	return 1ull << (bpf_get_smp_processor_id() & 63);
}

/*
 * On a slot's first count for its tenant on this CPU, where the per-CPU value still names
 * an earlier one: the slot's facts, if the tenant is settled. Else (the cgroup is being
 * removed) the count belongs to "other". Rare, so that sets of CPUs cost the events nothing.
 */
static __always_inline struct hr_slot *first_count(const struct slot *slot)
{
	struct hr_slot *facts = bpf_map_lookup_elem(&hr_slots, &slot->index);

	return facts && facts->owner == slot->owner ? facts : NULL;
}

#endif

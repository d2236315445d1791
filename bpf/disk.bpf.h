/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Bytes, operations and latency of block requests by direction.
 *
 * Hooks: tp_btf/block_io_start (where the kernel has it), block_rq_issue,
 * block_rq_complete. Errors are completions that the device refused. The owner is the blkcg of the request's first bio, right
 * for writeback too; where the io controller is not on the v2 tree it is the
 * task that submitted. Latency runs from issue to completion, on the device.
 * Cannot see, without blkcg: who dirtied the pages that a kernel thread writes
 * back (they count for the thread's cgroup, the root).
 */
#ifndef HEADROOM_DISK_H
#define HEADROOM_DISK_H

#include "maps.h"

/* From the block layer's req_op; the low byte of cmd_flags. */
enum { REQ_OP_WRITE_ = 1, REQ_OP_MASK_ = 0xff };

/*
 * Entries stay when their request is done, for the kernel uses its requests again: what would be
 * an insertion and a deletion is two look-ups. Where a host has more requests than fit, they go.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64); /* address of the request: unique while it is in flight */
	__type(value, struct hr_inflight);
} hr_inflight SEC(".maps");

static bool inflight_is_crowded;

/* Reads (0) and writes; not those without data, which only flush. */
static __always_inline bool moves_data(struct request *rq)
{
	return (rq->cmd_flags & REQ_OP_MASK_) <= REQ_OP_WRITE_ && rq->__data_len;
}

static __always_inline void owner_of(struct request *rq, struct slot *out)
{
	if (config.disk_owner == HR_DISK_OWNER_BLKCG) {
		struct cgroup *cgroup = rq->bio->bi_blkg->blkcg->css.cgroup;

		slot_of_id(cgroup->kn->id, out);
	} else if (config.slot_mode == HR_SLOTS_CSS_ID) {
		slot_of_task(bpf_get_current_task_btf()->cgroups, out);
	} else {
		slot_of_id(bpf_get_current_cgroup_id(), out);
	}
}

/* The slot's counts of this CPU's shard, or those of "other" when its tenant has changed. */
static __always_inline struct hr_disk_slot *disk_slot_of(struct slot slot)
{
	if (slot.index != HR_SLOT_OTHER) {
		struct hr_slot *facts = bpf_map_lookup_elem(&hr_slots, &slot.index);

		if (!facts || facts->owner != slot.owner)
			slot.index = HR_SLOT_OTHER;
		else if (!facts->disk_used)
			facts->disk_used = 1;
	}
	return disk_shard(slot.index, bpf_get_smp_processor_id() & (config.disk_shards - 1));
}

/* Completion and interrupt can meet on a CPU, and CPUs on a shard: adds are atomic. */
static __always_inline void count_request(struct slot slot, bool is_write, __u32 bytes, bool last,
					  __u64 latency, bool failed)
{
	struct hr_disk_slot *counts = disk_slot_of(slot);
	__u32 bucket = bucket_of(latency, HR_DISK_SHIFT, HR_DISK_BUCKETS);

	if (!counts)
		return;
	if (is_write) {
		__sync_fetch_and_add(&counts->write_bytes, bytes);
		if (failed)
			__sync_fetch_and_add(&counts->write_errors, 1);
		if (!last)
			return;
		__sync_fetch_and_add(&counts->write_ops, 1);
		if (!latency)
			return;
		__sync_fetch_and_add(&counts->write_latency_ns, latency);
		__sync_fetch_and_add(&counts->write_buckets[bucket], 1);
	} else {
		__sync_fetch_and_add(&counts->read_bytes, bytes);
		if (failed)
			__sync_fetch_and_add(&counts->read_errors, 1);
		if (!last)
			return;
		__sync_fetch_and_add(&counts->read_ops, 1);
		if (!latency)
			return;
		__sync_fetch_and_add(&counts->read_latency_ns, latency);
		__sync_fetch_and_add(&counts->read_buckets[bucket], 1);
	}
}

static __always_inline bool is_write(struct request *rq)
{
	return (rq->cmd_flags & REQ_OP_MASK_) == REQ_OP_WRITE_;
}

/* `known` is the request's entry, if it has one. */
static __always_inline void start_request(struct request *rq, struct hr_inflight *known, __u64 now)
{
	__u64 key = (__u64)(unsigned long)rq;
	struct hr_inflight started = { .issued_ns = now, .is_started = 1 };
	struct slot slot = {};

	owner_of(rq, &slot);
	started.owner = slot.owner;
	started.slot = slot.index;
	started.bytes = rq->__data_len;
	started.is_write = is_write(rq);
	if (known) {
		*known = started;
	} else if (bpf_map_update_elem(&hr_inflight, &key, &started, BPF_ANY)) {
		inflight_is_crowded = true;
		count_loss(HR_LOSS_DISK_INFLIGHT_FULL);
	}
}

/* Runs in the submitter, before an I/O scheduler can hand the request to a kernel thread. */
SEC("tp_btf/block_io_start")
int BPF_PROG(hr_on_io_start, struct request *rq)
{
	__u64 key = (__u64)(unsigned long)rq;
	struct hr_inflight *known;

	if (!moves_data(rq))
		return 0;
	known = bpf_map_lookup_elem(&hr_inflight, &key);
	if (known && known->is_started && known->issued_ns) {
		/* It is done, or the kernel would not use it again; its completion was not seen. */
		struct slot slot = { .owner = known->owner, .index = known->slot };

		count_loss(HR_LOSS_DISK_LATE);
		count_request(slot, known->is_write, known->bytes, true, 0, false);
	}
	start_request(rq, known, 0);
	return 0;
}

SEC("tp_btf/block_rq_issue")
int BPF_PROG(hr_on_rq_issue, struct request *rq)
{
	__u64 key = (__u64)(unsigned long)rq;
	struct hr_inflight *inflight;

	if (!moves_data(rq))
		return 0;
	inflight = bpf_map_lookup_elem(&hr_inflight, &key);
	if (config.disk_start_hook && inflight && inflight->is_started) {
		inflight->bytes = rq->__data_len; /* merged with others by now */
		inflight->issued_ns = bpf_ktime_get_ns();
	} else {
		start_request(rq, inflight, bpf_ktime_get_ns());
	}
	return 0;
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(hr_on_rq_complete, struct request *rq, int error, unsigned int bytes)
{
	__u64 key = (__u64)(unsigned long)rq, latency = 0;
	struct hr_inflight *inflight;
	struct slot slot = {};
	bool last = bytes >= rq->__data_len;

	if (!moves_data(rq))
		return 0;
	inflight = bpf_map_lookup_elem(&hr_inflight, &key);
	if (inflight && inflight->is_started) {
		slot.index = inflight->slot;
		slot.owner = inflight->owner;
		if (last) {
			if (inflight->issued_ns)
				latency = bpf_ktime_get_ns() - inflight->issued_ns;
			inflight->is_started = 0;
			if (inflight_is_crowded)
				bpf_map_delete_elem(&hr_inflight, &key);
		}
	} else {
		count_loss(HR_LOSS_DISK_UNTRACKED);
	}
	/* Before 5.16 an errno, below zero; since then a blk_status_t, above it. */
	count_request(slot, is_write(rq), error ? 0 : bytes, last, latency, error != 0);
	return 0;
}

#endif

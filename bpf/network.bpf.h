/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Bytes and packets by direction, charged to the cgroup that owns the socket.
 *
 * Hooks: cgroup_skb ingress and egress on the root cgroup, so every cgroup's
 * IP traffic passes, loopback included. Bytes are IP bytes of the packet as the
 * stack sees it: segments that offload puts together count their headers once.
 * Cannot see: packets without a local socket (forwarded, dropped before it),
 * non-IP traffic.
 */
#ifndef HEADROOM_NETWORK_H
#define HEADROOM_NETWORK_H

#include "maps.h"

static __always_inline struct hr_net_slot *net_slot_of(struct __sk_buff *skb)
{
	struct hr_net_slot *counts;
	struct slot slot;

	if (!slot_of_id(bpf_skb_cgroup_id(skb), &slot))
		count_loss(HR_LOSS_NET_NO_OWNER);
	counts = bpf_map_lookup_elem(&hr_net_slots, &slot.index);
	if (counts && counts->owner != slot.owner) {
		struct hr_slot *facts = first_count(&slot);

		if (facts) {
			__sync_fetch_and_or(&facts->net_cpus, cpu_bit());
			__builtin_memset(counts, 0, sizeof(*counts));
			counts->owner = slot.owner;
		} else {
			slot.index = HR_SLOT_OTHER;
			counts = bpf_map_lookup_elem(&hr_net_slots, &slot.index);
		}
	}
	return counts;
}

/*
 * Adds are atomic: softirq work on this CPU can interrupt a task's send between
 * the load and the store of a plain add. The line is this CPU's own, so the
 * lock is never contended.
 */
SEC("cgroup_skb/ingress")
int hr_on_ingress(struct __sk_buff *skb)
{
	struct hr_net_slot *counts = net_slot_of(skb);

	if (counts) {
		__sync_fetch_and_add(&counts->rx_bytes, skb->len);
		__sync_fetch_and_add(&counts->rx_packets, skb->gso_segs ? skb->gso_segs : 1);
	}
	return 1;
}

SEC("cgroup_skb/egress")
int hr_on_egress(struct __sk_buff *skb)
{
	struct hr_net_slot *counts = net_slot_of(skb);

	if (counts) {
		__sync_fetch_and_add(&counts->tx_bytes, skb->len);
		__sync_fetch_and_add(&counts->tx_packets, skb->gso_segs ? skb->gso_segs : 1);
	}
	return 1;
}

#endif

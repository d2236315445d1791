/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Bytes and packets by direction, TCP retransmits and new connections, charged to the cgroup
 * that owns the socket.
 *
 * Hooks: cgroup_skb ingress and egress on the root cgroup, so every cgroup's
 * IP traffic passes, loopback included; tcp_retransmit_skb and inet_sock_set_state, which
 * are rare. Bytes are IP bytes of the packet as the
 * stack sees it: segments that offload puts together count their headers once.
 * Cannot see: packets without a local socket (forwarded, dropped before it),
 * non-IP traffic.
 */
#ifndef HEADROOM_NETWORK_H
#define HEADROOM_NETWORK_H

#include "maps.h"

enum { TCP_ESTABLISHED_ = 1, TCP_SYN_SENT_ = 2, TCP_SYN_RECV_ = 3, IPPROTO_TCP_ = 6 };

static __always_inline struct hr_net_slot *net_slot_of(__u64 cgroup_id)
{
	struct hr_net_slot *counts;
	struct slot slot;

	if (!slot_of_id(cgroup_id, &slot))
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
	struct hr_net_slot *counts = net_slot_of(bpf_skb_cgroup_id(skb));

	if (counts) {
		__sync_fetch_and_add(&counts->rx_bytes, skb->len);
		__sync_fetch_and_add(&counts->rx_packets, skb->gso_segs ? skb->gso_segs : 1);
	}
	return 1;
}

SEC("cgroup_skb/egress")
int hr_on_egress(struct __sk_buff *skb)
{
	struct hr_net_slot *counts = net_slot_of(bpf_skb_cgroup_id(skb));

	if (counts) {
		__sync_fetch_and_add(&counts->tx_bytes, skb->len);
		__sync_fetch_and_add(&counts->tx_packets, skb->gso_segs ? skb->gso_segs : 1);
	}
	return 1;
}

static __always_inline __u64 socket_cgroup_id(struct sock *sk)
{
	struct cgroup *cgroup;

	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup)) {
		cgroup = BPF_CORE_READ(sk, sk_cgrp_data.cgroup);
	} else {
		struct sock_cgroup_data___before_5_15 *data = (void *)&sk->sk_cgrp_data;
		__u64 value = BPF_CORE_READ(data, val);

		cgroup = value & 3 ? NULL : (void *)value;
	}
	return cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
}

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(hr_on_retransmit, struct sock *sk)
{
	struct hr_net_slot *counts = net_slot_of(socket_cgroup_id(sk));

	if (counts)
		__sync_fetch_and_add(&counts->retransmits, 1);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(hr_on_tcp_state, struct sock *sk, int before, int now)
{
	struct hr_net_slot *counts;

	if (now != TCP_ESTABLISHED_ || sk->sk_protocol != IPPROTO_TCP_)
		return 0;
	if (before != TCP_SYN_SENT_ && before != TCP_SYN_RECV_)
		return 0;
	counts = net_slot_of(socket_cgroup_id(sk));
	if (!counts)
		return 0;
	if (before == TCP_SYN_SENT_)
		__sync_fetch_and_add(&counts->connects, 1);
	else
		__sync_fetch_and_add(&counts->accepts, 1);
	return 0;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Other CPUs' copies of per-CPU memory: the kernel's, and of our own arrays.
 *
 * The kernel's table of offsets is not exported and often not in kallsyms, so an offset is
 * the difference between where a per-CPU array of ours says that its element lies and where
 * a CPU's copy is found: by bpf_map_lookup_percpu_elem, or before 5.19 by a program that ran
 * on that CPU once.
 */
#ifndef HEADROOM_PERCPU_H
#define HEADROOM_PERCPU_H

#include "maps.h"

/* Tracepoints run with cgroup_mutex held or preemption off: one buffer a CPU is enough. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hr_created);
} hr_scratch SEC(".maps");

/* Filled by hr_learn_cpu where the helper is missing; 0: that CPU was off at the time. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} hr_cpu_offsets SEC(".maps");

/*
 * The per-CPU pointer of an array's element. The detour over memory makes a number of what
 * the verifier would keep as a pointer; only written under cgroup_mutex, or at start.
 */
static __always_inline __u64 percpu_element(void *map, __u32 index)
{
	static volatile __u64 number;
	struct bpf_array *array = NULL;
	__u64 pointer = 0;

	number = (__u64)map;
	bpf_probe_read_kernel(&pointer, sizeof(pointer),
			      (void *)(number + bpf_core_field_offset(array->pptrs) +
				       index * sizeof(pointer)));
	return pointer;
}

static __always_inline __u64 percpu_offset(__u32 cpu)
{
	static volatile __u64 number;
	__u32 zero = 0;
	__u64 pointer;

	if (!config.percpu_lookup) {
		__u64 *offset = bpf_map_lookup_elem(&hr_cpu_offsets, &cpu);

		return offset ? *offset : 0;
	}
	pointer = percpu_element(&hr_scratch, 0);
	number = (__u64)bpf_map_lookup_percpu_elem(&hr_scratch, &zero, cpu);
	return number && pointer ? number - pointer : 0;
}

/* Run on each CPU once, by request. */
SEC("raw_tp/hr_learn_cpu")
int hr_learn_cpu(void *ctx)
{
	static volatile __u64 number;
	__u32 cpu = bpf_get_smp_processor_id(), zero = 0;
	__u64 pointer = percpu_element(&hr_scratch, 0), offset;

	number = (__u64)bpf_map_lookup_elem(&hr_scratch, &zero);
	offset = number - pointer;
	if (number && pointer)
		bpf_map_update_elem(&hr_cpu_offsets, &cpu, &offset, BPF_ANY);
	return 0;
}

#endif

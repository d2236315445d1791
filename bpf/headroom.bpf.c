// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The one object the agent loads: its subjects share the ring, the slots and
 * the configuration, and one load parses the kernel's BTF once.
 */
#include "kernel.h"
#include "maps.h"
#include "cpu.bpf.h"
#include "disk.bpf.h"
#include "lifecycle.bpf.h"
#include "memory.bpf.h"
#include "network.bpf.h"
#include "sampler.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

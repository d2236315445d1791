/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "BenchSupport.h"

#include <fcntl.h>
#include <malloc.h>
#include <sched.h>

int benchPinThread(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

int benchOpenDirect(const char *directory)
{
	return open(directory, O_RDWR | O_DIRECT | O_TMPFILE | O_CLOEXEC, 0600);
}

size_t benchHeapBytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

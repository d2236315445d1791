/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "BenchSupport.h"

#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

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

int benchMemoryFile(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC);
}

void benchNap(void)
{
	const struct timespec shortest = { .tv_nsec = 1 };

	prctl(PR_SET_TIMERSLACK, 1);
	nanosleep(&shortest, NULL);
}

size_t benchHeapBytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

int benchIgnoreRecord(void *table, void *record, size_t size)
{
	return 0;
}

int benchStoreRecord(void *context, void *record, size_t size)
{
	struct benchTable *table = context;

	if (table->used + size > table->capacity)
		table->used = 0;
	memcpy(table->bytes + table->used, record, size);
	table->used += size;
	return 0;
}

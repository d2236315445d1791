/* SPDX-License-Identifier: Apache-2.0 */
/* What the benchmarks need of Linux that Swift's Glibc module leaves out. */
#ifndef HEADROOM_BENCH_SUPPORT_H
#define HEADROOM_BENCH_SUPPORT_H

#include <stddef.h>

/* Binds the calling thread to one CPU; 0, or -1 with errno. */
int benchPinThread(int cpu);

/* Opens a nameless file in `directory` for O_DIRECT; a descriptor, or -1 with errno. */
int benchOpenDirect(const char *directory);

/* A file that exists in memory only, and goes with its last descriptor; -1 with errno. */
int benchMemoryFile(const char *name);

/* Blocks the calling thread for as short as a timer can: it is woken, waits, is run. */
void benchNap(void);

/* Bytes in use on the heap. */
size_t benchHeapBytes(void);

/*
 * Callbacks for libbpf's ring_buffer__new. One does nothing; the other does the least that
 * is of use: it copies the record to the next place of `table`, a struct benchTable.
 */
struct benchTable {
	char *bytes;
	size_t capacity;
	size_t used;
};

int benchIgnoreRecord(void *table, void *record, size_t size);
int benchStoreRecord(void *table, void *record, size_t size);

#endif

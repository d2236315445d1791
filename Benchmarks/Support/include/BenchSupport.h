/* SPDX-License-Identifier: Apache-2.0 */
/* What the benchmarks need of Linux that Swift's Glibc module leaves out. */
#ifndef HEADROOM_BENCH_SUPPORT_H
#define HEADROOM_BENCH_SUPPORT_H

#include <stddef.h>

/* Binds the calling thread to one CPU; 0, or -1 with errno. */
int benchPinThread(int cpu);

/* Opens a nameless file in `directory` for O_DIRECT; a descriptor, or -1 with errno. */
int benchOpenDirect(const char *directory);

/* Bytes in use on the heap. */
size_t benchHeapBytes(void);

#endif

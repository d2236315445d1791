#pragma once

/* System calls with which a process gives rights up. No libseccomp, no libcap: the kernel's own interfaces. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* capset(2) of the calling thread; nothing is inherited. 0 when it worked. */
int headroomHoldCapabilities(uint64_t effective, uint64_t permitted);
/* Clears the ambient set, and takes what is not in `kept` out of the bounding set. 0 when it worked. */
int headroomBoundCapabilities(uint64_t kept);
/* Whether capabilities outlive the next change of user. */
int headroomKeepCapabilities(bool keep);
int headroomGainNothing(void);
/* malloc_trim(3): pages of the heap that nothing uses. */
void headroomGiveMemoryBack(void);
/* PR_SET_NAME of the calling thread. */
int headroomNameThread(const char *name);

/*
 * seccomp(2) with the allow-list of filter.c, for the calling thread and all that it starts. A call that is not allowed is
 * refused with EPERM and counted, or ends the process when `fatal`. 0 when it worked.
 */
int headroomFilterCalls(bool fatal);
/* Calls that were refused; `number` is the newest, -1 before the first. */
uint64_t headroomRefusedCalls(int *number);
/* Makes a call that is not allowed, for tests: ptrace(2). */
long headroomTryForbiddenCall(void);

/* Of linux/landlock.h, by the kernel's ABI: 0 where there is none. */
int headroomLandlockVersion(void);
/* A ruleset that handles all writes, executions and, when `reads`, reads that `version` knows, TCP, and signals to others. -1: errno. */
int headroomLandlockBegin(int version, bool reads);
enum { HEADROOM_MAY_READ = 1, HEADROOM_MAY_WRITE = 2 };
/* 0 when it worked; ENOENT is for the caller to judge. */
int headroomLandlockAllow(int ruleset, int version, const char *path, int what);
int headroomLandlockAllowPort(int ruleset, int version, uint16_t port);
/* Closes the ruleset. */
int headroomLandlockEnforce(int ruleset);

/* One datagram over a Unix socket, with up to two descriptors; -1 where there is none. EINTR is tried again. */
long headroomSend(int socket, const void *bytes, size_t count, int first, int second);
/* Descriptors that came are close-on-exec and the caller's; -1 where none came. */
long headroomReceive(int socket, void *bytes, size_t count, int *first, int *second);

/*
 * Tells the thread sanitizer of Swift's Mutex. Its fast paths are inlined and seen; the slow ones, for a mutex that another
 * thread holds, are in libswiftSynchronization, which is not instrumented: each contended mutex would be reported as a race.
 * A program that this is linked into calls these in their place (scripts/sanitize), and they call those.
 *
 * Names and arguments: stdlib/public/Synchronization/Mutex/LinuxImpl.swift of Swift 6.0 to 6.3. With a toolchain that has
 * others, this is never called and reports come back.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Absent in tools of the build that are linked without the sanitizer. */
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

#define SWIFT __attribute__((swiftcall))
#define HANDLE __attribute__((swift_context)) void *handle
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

static void *next(_Atomic(void *) *known, const char *name)
{
	void *function = atomic_load_explicit(known, memory_order_relaxed);

	if (!function) {
		function = dlsym(RTLD_NEXT, name);
		if (!function)
			abort();
		atomic_store_explicit(known, function, memory_order_relaxed);
	}
	return function;
}

SWIFT void headroom_lock_slow(uint32_t thread, HANDLE) __asm__(LOCK);
SWIFT void headroom_lock_slow(uint32_t thread, HANDLE)
{
	static _Atomic(void *) known;
	SWIFT void (*lock)(uint32_t, HANDLE) = next(&known, LOCK);

	lock(thread, handle);
	if (__tsan_acquire)
		__tsan_acquire(handle);
}

SWIFT bool headroom_try_lock_slow(HANDLE) __asm__(TRY_LOCK);
SWIFT bool headroom_try_lock_slow(HANDLE)
{
	static _Atomic(void *) known;
	SWIFT bool (*try_lock)(HANDLE) = next(&known, TRY_LOCK);
	bool is_locked = try_lock(handle);

	if (is_locked && __tsan_acquire)
		__tsan_acquire(handle);
	return is_locked;
}

SWIFT void headroom_unlock_slow(HANDLE) __asm__(UNLOCK);
SWIFT void headroom_unlock_slow(HANDLE)
{
	static _Atomic(void *) known;
	SWIFT void (*unlock)(HANDLE) = next(&known, UNLOCK);

	if (__tsan_release)
		__tsan_release(handle);
	unlock(handle);
}

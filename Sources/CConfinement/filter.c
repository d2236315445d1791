#define _GNU_SOURCE
#include "CConfinement.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <termios.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE 0
#endif

/*
 * What the agent calls once its probes are attached, found by `strace -f` of its tests, and what glibc puts in the place of one
 * of these on other versions and architectures. With the calls whose arguments are looked at (below) that is all.
 */
static const int allowed[] = {
	SYS_read, SYS_pread64, SYS_openat, SYS_close, SYS_write, SYS_newfstatat, SYS_futex, SYS_ppoll, SYS_getrusage,
	SYS_clock_gettime, SYS_recvfrom, SYS_sendto, SYS_accept, SYS_accept4, SYS_rt_sigprocmask, SYS_fcntl,
	/* Files: checkpoints, history, the socket. A cgroup by its id, which is refused without CAP_DAC_READ_SEARCH. */
	SYS_fstat, SYS_statx, SYS_lseek, SYS_pwrite64, SYS_readv, SYS_writev, SYS_getdents64, SYS_fsync, SYS_fdatasync,
	SYS_ftruncate, SYS_renameat, SYS_renameat2, SYS_unlinkat, SYS_mkdirat, SYS_faccessat, SYS_faccessat2, SYS_readlinkat,
	SYS_fchmod, SYS_fchmodat, SYS_flock, SYS_open_by_handle_at, SYS_dup, SYS_pipe2, SYS_getcwd, SYS_fadvise64,
	/* Memory and threads. */
	SYS_munmap, SYS_mremap, SYS_brk, SYS_madvise, SYS_exit, SYS_exit_group, SYS_set_robust_list, SYS_rseq, SYS_gettid,
	SYS_getpid, SYS_wait4, SYS_waitid, SYS_sched_yield, SYS_sched_getaffinity, SYS_membarrier, SYS_set_tid_address,
	/* Signals and time. */
	SYS_rt_sigaction, SYS_rt_sigreturn, SYS_sigaltstack, SYS_restart_syscall, SYS_clock_nanosleep, SYS_nanosleep,
	SYS_clock_getres, SYS_gettimeofday,
	/* Its sockets, and the helper's. Nothing connects. */
	SYS_bind, SYS_listen, SYS_setsockopt, SYS_getsockopt, SYS_getsockname, SYS_getpeername, SYS_shutdown, SYS_sendmsg,
	SYS_recvmsg,
	/* Who and where it is. */
	SYS_getpgid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getppid, SYS_uname, SYS_sysinfo, SYS_getrandom,
#ifdef __x86_64__
	SYS_poll, SYS_open, SYS_stat, SYS_lstat, SYS_rename, SYS_unlink, SYS_rmdir, SYS_mkdir, SYS_access, SYS_readlink,
	SYS_chmod, SYS_getpgrp, SYS_pipe, SYS_dup2, SYS_time, SYS_getdents,
#endif
#ifdef SYS_dup3
	SYS_dup3,
#endif
};

/* bpf(2) on what is loaded already: no program and no map is made any more, and none that is another's is opened. */
static const unsigned int commands[] = {
	1 /* MAP_LOOKUP_ELEM */, 33 /* ITER_CREATE */, 15 /* OBJ_GET_INFO_BY_FD */, 2 /* MAP_UPDATE_ELEM */,
	3 /* MAP_DELETE_ELEM */, 4 /* MAP_GET_NEXT_KEY */, 10 /* PROG_TEST_RUN */, 17 /* RAW_TRACEPOINT_OPEN */,
	28 /* LINK_CREATE */, 32 /* ENABLE_STATS */,
};

static const unsigned int families[] = {AF_UNIX, AF_INET, AF_INET6};
static const unsigned int terminal[] = {TCGETS, TCSETS, TCSETSW, TCSETSF, TIOCGWINSZ, TIOCGPGRP, FIONREAD};
static const unsigned int name_thread[] = {PR_SET_NAME};
static const unsigned int nothing[] = {0};

static struct sock_filter code[512];
static unsigned short length;

static void put(unsigned short operation, unsigned int value, unsigned char yes, unsigned char no)
{
	code[length++] = (struct sock_filter){operation, yes, no, value};
}

static void load(size_t offset) { put(BPF_LD | BPF_W | BPF_ABS, (unsigned int)offset, 0, 0); }
static void answer(unsigned int value) { put(BPF_RET | BPF_K, value, 0, 0); }

/* The lower half of an argument: both architectures are little-endian, and all that is looked at are 32-bit numbers. */
static void load_argument(int index)
{
	load(offsetof(struct seccomp_data, args) + (size_t)index * sizeof(uint64_t));
}

static void allow(int number)
{
	put(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)number, 0, 1);
	answer(SECCOMP_RET_ALLOW);
}

static void allow_values(int number, int argument, const unsigned int *values, size_t count, unsigned int refusal)
{
	put(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)number, 0, (unsigned char)(2 * count + 2));
	load_argument(argument);
	for (size_t index = 0; index < count; index++)
		allow((int)values[index]);
	answer(refusal);
}

static void allow_bits(int number, int argument, unsigned int bits, bool wanted, unsigned int refusal)
{
	put(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)number, 0, 4);
	load_argument(argument);
	put(BPF_JMP | BPF_JSET | BPF_K, bits, wanted ? 0 : 1, wanted ? 1 : 0);
	answer(SECCOMP_RET_ALLOW);
	answer(refusal);
}

#define ALL(values) values, sizeof(values) / sizeof((values)[0])

static void make(unsigned int refusal)
{
	length = 0;
	load(offsetof(struct seccomp_data, arch));
	put(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	answer(SECCOMP_RET_KILL_PROCESS);
	load(offsetof(struct seccomp_data, nr));
	allow_values(SYS_bpf, 0, ALL(commands), refusal);
	for (size_t index = 0; index < sizeof(allowed) / sizeof(allowed[0]); index++)
		allow(allowed[index]);
	/* No code is made, and none loaded. */
	allow_bits(SYS_mmap, 2, PROT_EXEC, false, refusal);
	allow_bits(SYS_mprotect, 2, PROT_EXEC, false, refusal);
	/* Threads, and no processes. glibc takes clone(2), whose flags can be seen, where there is no clone3(2). */
	allow_bits(SYS_clone, 0, CLONE_THREAD, true, refusal);
	put(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1);
	answer(SECCOMP_RET_ERRNO | ENOSYS);
	allow_values(SYS_socket, 0, ALL(families), refusal);
	allow_values(SYS_ioctl, 1, ALL(terminal), refusal);
	allow_values(SYS_prctl, 0, ALL(name_thread), refusal);
	/* Signals to itself: a crash, and Ctrl-Z of the live view. */
	const unsigned int itself[] = {(unsigned int)getpid()};
	allow_values(SYS_kill, 0, ALL(itself), refusal);
	allow_values(SYS_tgkill, 0, ALL(itself), refusal);
	/* Limits are read, not set. */
	allow_values(SYS_prlimit64, 2, ALL(nothing), refusal);
	answer(refusal);
}

static _Atomic uint64_t refused;
static _Atomic int newest = -1;

/* In the place of a call that is not allowed: counts it and has it fail. Async-signal-safe. */
static void refuse(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	ucontext_t *interrupted = context;
	newest = info->si_syscall;
	refused++;
#if defined(__x86_64__)
	interrupted->uc_mcontext.gregs[REG_RAX] = -EPERM;
#elif defined(__aarch64__)
	interrupted->uc_mcontext.regs[0] = (unsigned long long)-EPERM;
#endif
}

int headroomFilterCalls(bool fatal)
{
	if (ARCHITECTURE == 0) {
		errno = ENOSYS;
		return -1;
	}
	struct sigaction action = {.sa_sigaction = refuse, .sa_flags = SA_SIGINFO | SA_NODEFER};
	if (sigaction(SIGSYS, &action, NULL) != 0)
		return -1;
	make(fatal ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_TRAP);
	struct sock_fprog program = {length, code};
	/* Without SECCOMP_FILTER_FLAG_LOG: each thread begins with a clone3(2) that "is not there", which would fill the kernel's log. */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

uint64_t headroomRefusedCalls(int *number)
{
	*number = newest;
	return refused;
}

long headroomTryForbiddenCall(void) { return syscall(SYS_ptrace, 0, 0, 0, 0); }

#pragma once

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* linux/btf.h declares these in two ways that Swift cannot tell apart. */
static const unsigned int headroomStructKind = BTF_KIND_STRUCT;
static const unsigned int headroomTypedefKind = BTF_KIND_TYPEDEF;
static const unsigned int headroomFunctionKind = BTF_KIND_FUNC;
static const unsigned int headroomIntegerKind = BTF_KIND_INT;
static const unsigned int headroomUnionKind = BTF_KIND_UNION;
static const unsigned int headroomEnumKind = BTF_KIND_ENUM;
static const unsigned int headroomEnum64Kind = BTF_KIND_ENUM64;
static const unsigned int headroomSectionKind = BTF_KIND_DATASEC;
static const unsigned int headroomArrayKind = BTF_KIND_ARRAY;
static const unsigned int headroomPointerKind = BTF_KIND_PTR;
static const unsigned int headroomPrototypeKind = BTF_KIND_FUNC_PROTO;

/* open_by_handle_at(2), which glibc hides: the directory of the cgroup with this id, below `mount`. */
static inline int headroomOpenCgroup(int mount, unsigned long long id, int flags)
{
	/* struct file_handle: bytes that follow, FILEID_KERNFS, the node's id. */
	struct {
		unsigned int bytes;
		int type;
		unsigned long long id;
	} handle = {8, 0xfe, id};

	return (int)syscall(SYS_open_by_handle_at, mount, &handle, flags);
}

/* prctl(2) takes a varying number of arguments, which Swift does not. 0 when it worked. */
static inline int headroomEndWithParent(void) { return prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0); }
static inline int headroomGainNoPrivileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

/* close_range(2), which Debian 11's glibc lacks: all descriptors from `first` on. */
static inline int headroomCloseFrom(unsigned int first)
{
	return (int)syscall(SYS_close_range, first, ~0U, 0);
}

#define _GNU_SOURCE
#include "CConfinement.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Numbers are the same on every architecture. Debian 12's headers know the first version of the interface. */
enum { CREATE = 444, ADD = 445, RESTRICT = 446 };
#define REFER (1ULL << 13)     /* 2 */
#define TRUNCATE (1ULL << 14)  /* 3 */
#define IOCTL_DEV (1ULL << 15) /* 5 */
enum { PORT_RULE = 2, BIND_TCP = 1, CONNECT_TCP = 2, SCOPE_SIGNAL = 2 };

#define FILE_READS LANDLOCK_ACCESS_FS_READ_FILE
#define READS (FILE_READS | LANDLOCK_ACCESS_FS_READ_DIR)

struct attributes {
	uint64_t files;
	uint64_t network; /* 4 */
	uint64_t scoped;  /* 6 */
};

struct port_rule {
	uint64_t allowed;
	uint64_t port;
};

int headroomLandlockVersion(void)
{
	long version = syscall(CREATE, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return version < 0 ? 0 : (int)version;
}

static uint64_t file_writes(int version)
{
	return LANDLOCK_ACCESS_FS_WRITE_FILE | (version >= 3 ? TRUNCATE : 0);
}

/* What makes or removes entries of a directory. No devices, no links to elsewhere. */
static uint64_t writes(int version)
{
	return file_writes(version) | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
	       LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK;
}

int headroomLandlockBegin(int version, bool reads)
{
	struct attributes attributes = {
		.files = writes(version) | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
			 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM |
			 (version >= 2 ? REFER : 0) | (version >= 5 ? IOCTL_DEV : 0) | (reads ? READS : 0),
		.network = version >= 4 ? BIND_TCP | CONNECT_TCP : 0,
		.scoped = version >= 6 ? SCOPE_SIGNAL : 0,
	};
	size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;

	return (int)syscall(CREATE, &attributes, size, 0);
}

int headroomLandlockAllow(int ruleset, int version, const char *path, int what)
{
	int place = open(path, O_PATH | O_CLOEXEC);
	if (place < 0)
		return -1;
	struct stat status;
	int result = fstat(place, &status);
	if (result == 0) {
		bool is_directory = S_ISDIR(status.st_mode);
		uint64_t allowed = 0;
		if (what & HEADROOM_MAY_READ)
			allowed |= is_directory ? READS : FILE_READS;
		if (what & HEADROOM_MAY_WRITE)
			allowed |= is_directory ? writes(version) : file_writes(version);
		/* A terminal's settings. */
		if (version >= 5 && S_ISCHR(status.st_mode))
			allowed |= IOCTL_DEV;
		struct landlock_path_beneath_attr rule = {.allowed_access = allowed, .parent_fd = place};
		result = (int)syscall(ADD, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	}
	int code = errno;
	close(place);
	errno = code;
	return result;
}

int headroomLandlockAllowPort(int ruleset, int version, uint16_t port)
{
	struct port_rule rule = {BIND_TCP, port};

	return version < 4 ? 0 : (int)syscall(ADD, ruleset, PORT_RULE, &rule, 0);
}

int headroomLandlockEnforce(int ruleset)
{
	int result = (int)syscall(RESTRICT, ruleset, 0);
	int code = errno;
	close(ruleset);
	errno = code;
	return result;
}

#define _GNU_SOURCE
#include "CConfinement.h"

#include <errno.h>
#include <linux/capability.h>
#include <malloc.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int headroomHoldCapabilities(uint64_t effective, uint64_t permitted)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {
		{(uint32_t)effective, (uint32_t)permitted, 0},
		{(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), 0},
	};

	return (int)syscall(SYS_capset, &header, data);
}

int headroomBoundCapabilities(uint64_t kept)
{
	/* Fails where there is no such set, and then there is nothing in it. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (int number = 0; number < 64; number++) {
		if (kept >> number & 1)
			continue;
		int is_there = prctl(PR_CAPBSET_READ, number, 0, 0, 0);
		if (is_there < 0)
			break;
		if (is_there && prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0)
			return -1;
	}
	return 0;
}

int headroomKeepCapabilities(bool keep) { return prctl(PR_SET_KEEPCAPS, keep, 0, 0, 0); }
int headroomGainNothing(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }
int headroomNameThread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

union control {
	char bytes[CMSG_SPACE(2 * sizeof(int))];
	struct cmsghdr align;
};

long headroomSend(int socket, const void *bytes, size_t count, int first, int second)
{
	struct iovec part = {(void *)bytes, count};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	union control control;
	int descriptors[2];
	size_t number = 0;

	if (first >= 0)
		descriptors[number++] = first;
	if (second >= 0)
		descriptors[number++] = second;
	if (number > 0) {
		memset(&control, 0, sizeof(control));
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(number * sizeof(int));
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(number * sizeof(int));
		memcpy(CMSG_DATA(header), descriptors, number * sizeof(int));
	}
	long sent;
	do
		sent = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent;
}

long headroomReceive(int socket, void *bytes, size_t count, int *first, int *second)
{
	struct iovec part = {bytes, count};
	union control control;
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control)};
	long received;

	*first = *second = -1;
	do
		received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (received < 0 && errno == EINTR);
	if (received < 0)
		return received;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		size_t number = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t index = 0; index < number; index++) {
			int descriptor;
			memcpy(&descriptor, CMSG_DATA(header) + index * sizeof(int), sizeof(int));
			if (*first < 0)
				*first = descriptor;
			else if (*second < 0)
				*second = descriptor;
			else
				close(descriptor);
		}
	}
	return received;
}

void headroomGiveMemoryBack(void)
{
	malloc_trim(0);
}

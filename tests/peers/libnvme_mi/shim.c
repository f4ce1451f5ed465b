/*
 * MCTP sockets over a Unix socket, for programs that are started with LD_PRELOAD.
 *
 * A message is a frame: length u16 little-endian, then the message with its type octet. The path of the
 * socket stands in USBNVME_MCTP_SOCKET.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define FAMILY_MCTP 45
#define SIZE 70000

/* As in Linux' UAPI: the address of an MCTP socket. */
struct address {
	uint16_t family, pad0;
	uint32_t network;
	uint8_t eid, type, tag, pad1;
};

static int ours = -1;
static struct address peer;

int socket(int domain, int type, int protocol)
{
	static int (*real)(int, int, int);
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("USBNVME_MCTP_SOCKET");

	if (!real)
		real = dlsym(RTLD_NEXT, "socket");
	if (domain != FAMILY_MCTP)
		return real(domain, type, protocol);
	if (!path || strlen(path) >= sizeof(to.sun_path)) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	strcpy(to.sun_path, path);
	ours = real(AF_UNIX, SOCK_STREAM, 0);
	if (ours >= 0 && connect(ours, (struct sockaddr *)&to, sizeof(to))) {
		close(ours);
		ours = -1;
	}
	return ours;
}

static int whole(int fd, uint8_t *buffer, size_t size, int out)
{
	for (size_t at = 0; at < size;) {
		ssize_t done = out ? write(fd, buffer + at, size - at) : read(fd, buffer + at, size - at);

		if (done <= 0)
			return -1;
		at += done;
	}
	return 0;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	static ssize_t (*real)(int, const struct msghdr *, int);
	static uint8_t frame[SIZE];
	size_t length = 3;

	if (!real)
		real = dlsym(RTLD_NEXT, "sendmsg");
	if (fd != ours)
		return real(fd, message, flags);
	peer = *(struct address *)message->msg_name;
	for (size_t i = 0; i < message->msg_iovlen; i++) {
		const struct iovec *part = &message->msg_iov[i];

		if (length + part->iov_len > SIZE) {
			errno = EMSGSIZE;
			return -1;
		}
		memcpy(frame + length, part->iov_base, part->iov_len);
		length += part->iov_len;
	}
	frame[0] = length - 2;
	frame[1] = (length - 2) >> 8;
	frame[2] = peer.type;
	return whole(fd, frame, length, 1) ? -1 : (ssize_t)length - 3;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	static ssize_t (*real)(int, struct msghdr *, int);
	static uint8_t frame[SIZE];
	size_t length, at = 3;

	if (!real)
		real = dlsym(RTLD_NEXT, "recvmsg");
	if (fd != ours)
		return real(fd, message, flags);
	if (whole(fd, frame, 2, 0))
		return -1;
	length = 2 + (frame[0] | frame[1] << 8);
	if (whole(fd, frame + 2, length - 2, 0))
		return -1;
	for (size_t i = 0; i < message->msg_iovlen && at < length; i++) {
		const struct iovec *part = &message->msg_iov[i];
		size_t size = part->iov_len < length - at ? part->iov_len : length - at;

		memcpy(part->iov_base, frame + at, size);
		at += size;
	}
	if (message->msg_name && message->msg_namelen >= sizeof(peer)) {
		peer.type = frame[2];
		peer.tag &= 7;
		memcpy(message->msg_name, &peer, sizeof(peer));
		message->msg_namelen = sizeof(peer);
	}
	return at - 3;
}

/* There are no tags to be allocated: the caller goes on with the tag owner bit alone. */
int ioctl(int fd, unsigned long request, ...)
{
	static int (*real)(int, unsigned long, void *);
	va_list rest;
	void *argument;

	if (!real)
		real = dlsym(RTLD_NEXT, "ioctl");
	va_start(rest, request);
	argument = va_arg(rest, void *);
	va_end(rest);
	if (fd != ours)
		return real(fd, request, argument);
	errno = ENOTTY;
	return -1;
}

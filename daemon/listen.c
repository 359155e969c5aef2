/* listen: see listen.h. */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/err.h"

#define LISTEN_BACKLOG 512
#define LISTEN_FIRST 3 /* where the service manager puts the first descriptor */

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static int open_at(const union address *at, int both)
{
	int one = 1, only_six = !both;
	socklen_t len = at->any.sa_family == AF_INET ? sizeof at->four : sizeof at->six;
	int fd = socket(at->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int saved;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
	    (at->any.sa_family == AF_INET || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_six, sizeof only_six) == 0) &&
	    bind(fd, &at->any, len) == 0 && listen(fd, LISTEN_BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int listen_open(const char *address, uint16_t port, int *fd)
{
	union address at = {.six = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
	int all = strcmp(address, "*") == 0;

	*fd = -1;
	if (all)
		at.six.sin6_addr = in6addr_any;
	if (all || inet_pton(AF_INET6, address, &at.six.sin6_addr) == 1) {
		*fd = open_at(&at, all);
		if (*fd >= 0)
			return 0;
		if (!all || errno == EADDRINUSE)
			return ERR_UNREACHABLE;
	}
	memset(&at, 0, sizeof at);
	at.four.sin_family = AF_INET;
	at.four.sin_port = htons(port);
	if (!all && inet_pton(AF_INET, address, &at.four.sin_addr) != 1)
		return ERR_CONFIG;
	*fd = open_at(&at, 0);
	return *fd >= 0 ? 0 : ERR_UNREACHABLE;
}

uint16_t listen_port(int fd)
{
	union address at;
	socklen_t len = sizeof at;

	memset(&at, 0, sizeof at);
	if (getsockname(fd, &at.any, &len) != 0)
		return 0;
	return ntohs(at.any.sa_family == AF_INET6 ? at.six.sin6_port : at.four.sin_port);
}

int listen_inherited(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	char own[24];
	int listening = 0, found = -1;
	socklen_t len = sizeof listening;

	snprintf(own, sizeof own, "%ld", (long)getpid());
	if (pid != NULL && fds != NULL && strcmp(pid, own) == 0 && strcmp(fds, "1") == 0 &&
	    getsockopt(LISTEN_FIRST, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening != 0 &&
	    fcntl(LISTEN_FIRST, F_SETFD, FD_CLOEXEC) == 0)
		found = LISTEN_FIRST;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return found;
}

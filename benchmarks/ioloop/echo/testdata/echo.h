// What the loops in C share.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE (64 << 10) // of what is read at once

static inline void check(int result, const char *what) {
	if (result < 0) {
		perror(what);
		exit(1);
	}
}

// listening returns a listener with those flags whose address was printed.
static inline int listening(int flags) {
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);

	int listener = socket(AF_INET, SOCK_STREAM | flags, 0);
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof at;
	check(bind(listener, (struct sockaddr *)&at, sizeof at), "bind");
	check(listen(listener, 4096), "listen");
	check(getsockname(listener, (struct sockaddr *)&at, &length), "getsockname");
	printf("127.0.0.1:%d\n", ntohs(at.sin_port));
	fflush(stdout);
	return listener;
}

static inline void nodelay(int conn) {
	int one = 1;
	setsockopt(conn, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

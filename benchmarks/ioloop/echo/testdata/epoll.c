// An echo server on epoll: level-triggered, one read and one write for each event. It
// prints its address, and ends when its standard input does.
#include "echo.h"
#include <poll.h>
#include <sys/epoll.h>

#define FEW 1024

static char buffer[SIZE];

static void watch(int poller, int fd) {
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
	check(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e), "epoll_ctl");
}

// answer sends n bytes. A client that reads slowly holds up all others: the benchmark has
// none.
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
	int listener = listening(SOCK_NONBLOCK);
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
				int conn = accept4(listener, 0, 0, SOCK_NONBLOCK);
				if (conn >= 0) {
					nodelay(conn);
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

// An echo server on io_uring: multishot accept and receive into buffers that the kernel
// picks, one send for each receive. It needs liburing and a kernel from 6.0 on.
#include "echo.h"
#include <liburing.h>

#include <poll.h>

#define BUFFERS 512

enum { ACCEPT = 1, RECEIVE, SEND, INPUT };

static struct io_uring ring;
static struct io_uring_buf_ring *lent;
static char *memory;

// begin returns an entry to be filled in.
static struct io_uring_sqe *begin(void) {
	struct io_uring_sqe *e = io_uring_get_sqe(&ring);
	if (e)
		return e;
	io_uring_submit(&ring);
	return io_uring_get_sqe(&ring);
}

// tag follows io_uring_prep, which clears the tag.
static void tag(struct io_uring_sqe *e, int fd, int kind, int buffer) {
	e->user_data = (unsigned long long)fd << 32 | (unsigned long long)buffer << 8 | kind;
}

static void lend(int number) {
	io_uring_buf_ring_add(lent, memory + (size_t)number * SIZE, SIZE, number, BUFFERS - 1, 0);
	io_uring_buf_ring_advance(lent, 1);
}

static void receive(int fd) {
	struct io_uring_sqe *e = begin();
	io_uring_prep_recv_multishot(e, fd, 0, 0, 0);
	e->flags |= IOSQE_BUFFER_SELECT;
	e->buf_group = 0;
	tag(e, fd, RECEIVE, 0);
}

static void accepting(int listener) {
	struct io_uring_sqe *e = begin();
	io_uring_prep_multishot_accept(e, listener, 0, 0, 0);
	tag(e, listener, ACCEPT, 0);
}

int main(void) {
	int listener = listening(0);
	struct io_uring_params p = {.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE, .cq_entries = 16384};
	check(io_uring_queue_init_params(4096, &ring, &p), "io_uring_queue_init_params");
	memory = aligned_alloc(4096, (size_t)BUFFERS * SIZE);
	lent = aligned_alloc(4096, BUFFERS * sizeof(struct io_uring_buf));
	memset(lent, 0, BUFFERS * sizeof(struct io_uring_buf));
	struct io_uring_buf_reg reg = {.ring_addr = (unsigned long)lent, .ring_entries = BUFFERS};
	check(io_uring_register_buf_ring(&ring, &reg, 0), "io_uring_register_buf_ring");
	for (int i = 0; i < BUFFERS; i++)
		lend(i);
	accepting(listener);
	struct io_uring_sqe *e = begin();
	io_uring_prep_poll_add(e, 0, POLLIN);
	tag(e, 0, INPUT, 0);
	for (;;) {
		check(io_uring_submit_and_wait(&ring, 1), "io_uring_submit_and_wait");
		struct io_uring_cqe *done;
		unsigned head, n = 0;
		io_uring_for_each_cqe(&ring, head, done) {
			n++;
			int kind = done->user_data & 255, fd = done->user_data >> 32;
			int more = done->flags & IORING_CQE_F_MORE;
			switch (kind) {
			case INPUT:
				return 0;
			case ACCEPT:
				if (done->res >= 0) {
					nodelay(done->res);
					receive(done->res);
				}
				if (!more)
					accepting(listener);
				break;
			case RECEIVE:
				if (done->flags & IORING_CQE_F_BUFFER) {
					int number = done->flags >> IORING_CQE_BUFFER_SHIFT;
					if (done->res > 0) {
						e = begin();
						io_uring_prep_send(e, fd, memory + (size_t)number * SIZE, done->res, MSG_NOSIGNAL | MSG_WAITALL);
						tag(e, fd, SEND, number);
					} else {
						lend(number);
					}
				}
				if (done->res == 0 || (done->res < 0 && done->res != -ENOBUFS))
					close(fd);
				else if (!more)
					receive(fd);
				break;
			case SEND:
				lend(done->user_data >> 8 & 0xffffff);
			}
		}
		io_uring_cq_advance(&ring, n);
	}
}

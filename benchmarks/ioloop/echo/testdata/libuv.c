// An echo server on libuv. It tries to write at once, and leaves what finds no room to the
// loop, as libuv's users do.
#include "echo.h"
#include <uv.h>

static char buffer[SIZE];

static void lend(uv_handle_t *handle, size_t wish, uv_buf_t *buf) {
	(void)handle, (void)wish;
	*buf = uv_buf_init(buffer, sizeof buffer);
}

static void closed(uv_handle_t *handle) { free(handle); }

typedef struct {
	uv_write_t request;
	char data[];
} rest;

static void written(uv_write_t *request, int status) {
	(void)status;
	free(request);
}

static void arrived(uv_stream_t *conn, ssize_t n, const uv_buf_t *buf) {
	if (n < 0) {
		uv_close((uv_handle_t *)conn, closed);
		return;
	}
	uv_buf_t data = uv_buf_init(buf->base, n);
	int sent = n > 0 ? uv_try_write(conn, &data, 1) : 0;
	if (sent < 0 && sent != UV_EAGAIN) {
		uv_close((uv_handle_t *)conn, closed);
		return;
	}
	if (sent < 0)
		sent = 0;
	if (sent < n) {
		rest *r = malloc(sizeof *r + n - sent);
		memcpy(r->data, buf->base + sent, n - sent);
		data = uv_buf_init(r->data, n - sent);
		uv_write(&r->request, conn, &data, 1, written);
	}
}

static void connected(uv_stream_t *server, int status) {
	if (status < 0)
		return;
	uv_tcp_t *conn = malloc(sizeof *conn);
	uv_tcp_init(server->loop, conn);
	if (uv_accept(server, (uv_stream_t *)conn) < 0) {
		uv_close((uv_handle_t *)conn, closed);
		return;
	}
	uv_tcp_nodelay(conn, 1);
	uv_read_start((uv_stream_t *)conn, lend, arrived);
}

static void ended(uv_poll_t *input, int status, int events) {
	(void)input, (void)status, (void)events;
	exit(0);
}

int main(void) {
	uv_loop_t *loop = uv_default_loop();
	uv_tcp_t server;
	uv_tcp_init(loop, &server);
	check(uv_tcp_open(&server, listening(SOCK_NONBLOCK)), "uv_tcp_open");
	check(uv_listen((uv_stream_t *)&server, 4096, connected), "uv_listen");
	uv_poll_t input;
	check(uv_poll_init(loop, &input, 0), "uv_poll_init");
	uv_poll_start(&input, UV_READABLE, ended);
	return uv_run(loop, UV_RUN_DEFAULT);
}

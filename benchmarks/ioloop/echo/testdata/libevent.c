// An echo server on the bufferevents of libevent, which move what has come to what goes out.
#include "echo.h"
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

static void arrived(struct bufferevent *conn, void *arg) {
	(void)arg;
	evbuffer_add_buffer(bufferevent_get_output(conn), bufferevent_get_input(conn));
}

static void over(struct bufferevent *conn, short what, void *arg) {
	(void)what, (void)arg;
	bufferevent_free(conn);
}

static void connected(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int length, void *arg) {
	(void)l, (void)from, (void)length;
	nodelay(fd);
	struct bufferevent *conn = bufferevent_socket_new(arg, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_set_max_single_read(conn, SIZE);
	bufferevent_setcb(conn, arrived, 0, over, 0);
	bufferevent_enable(conn, EV_READ | EV_WRITE);
}

static void ended(evutil_socket_t fd, short what, void *arg) {
	(void)fd, (void)what, (void)arg;
	exit(0);
}

int main(void) {
	struct event_base *base = event_base_new();
	evconnlistener_new(base, connected, base, LEV_OPT_CLOSE_ON_FREE, 0, listening(SOCK_NONBLOCK));
	event_add(event_new(base, 0, EV_READ | EV_PERSIST, ended, 0), 0);
	return event_base_dispatch(base);
}

package poll

// system is what this system has, the best first.
var system = []maker{{Epoll, newEpoll}, {Poll, newPolling}, {Select, newSelecting}, {Sigio, newSignaled}}

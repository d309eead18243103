package suite

// The cell of the echo by which others are compared: a hundred connections, small requests.
const busyCell = "/conns=100/size=64B/pipeline=1"

var echo = Suite{
	Pkg:       "ioloop/echo",
	Baselines: map[string]string{"Echo": "C-epoll", "Pieces": "fanfold", "Streams": "net"},
	Why: map[string]Reason{
		"Echo":    oneByOne,
		"Streams": switches,
		"Idle":    smaller,
	},
	Marks: []Mark{
		{
			Name: "echo-over-C-epoll", Of: "Echo/impl=fanfold/conns=1/size=64B/pipeline=1", Over: "C-epoll", Op: AtMost, Target: 1.15,
			And: []string{
				"Echo/impl=fanfold" + busyCell,
				"Echo/impl=fanfold/conns=1000/size=64B/pipeline=1",
				"Echo/impl=fanfold/conns=100/size=64B/pipeline=16",
				"Echo/impl=fanfold/conns=1000/size=64B/pipeline=16",
				"Echo/impl=fanfold/conns=100/size=4KiB/pipeline=1",
				"Echo/impl=fanfold/conns=1000/size=4KiB/pipeline=1",
				"Echo/impl=fanfold/conns=100/size=4KiB/pipeline=16",
			},
		},
		{
			Name: "ring-over-C-epoll", Of: "Echo/impl=fanfold-ring" + busyCell, Over: "C-epoll", Op: AtMost, Target: 1.05,
			And: []string{
				"Echo/impl=fanfold-ring/conns=1000/size=64B/pipeline=1",
				"Echo/impl=fanfold-ring/conns=100/size=64B/pipeline=16",
				"Echo/impl=fanfold-ring/conns=1000/size=64B/pipeline=16",
				"Echo/impl=fanfold-ring/conns=100/size=4KiB/pipeline=1",
				"Echo/impl=fanfold-ring/conns=1000/size=4KiB/pipeline=1",
				"Echo/impl=fanfold-ring/conns=100/size=4KiB/pipeline=16",
			},
		},
		{Name: "two-pieces-over-one", Of: "Pieces/impl=fanfold-two-pieces" + busyCell, Over: "fanfold", Op: AtMost, Target: 1.05},
		{Name: "idle-bytes", Of: "Idle/impl=fanfold", Unit: "idle-B", Per: 1, Op: AtMost, Target: 300},
	},
}

var loop = Suite{
	Pkg:       "ioloop/loop",
	Baselines: map[string]string{"Wait": "epoll_wait"},
	Why: map[string]Reason{
		"Alone":          sleeps,
		"Wait/fds=10":    looksAtAll,
		"Wait/fds=100":   looksAtAll,
		"Wait/fds=1000":  looksAtAll,
		"Wait/fds=10000": looksAtAll,
	},
	Marks: []Mark{
		{Name: "timer-reset-ns", Of: "Timers/op=Reset/impl=fanfold/order=made", Unit: "ns/op", Per: 1, Op: AtMost, Target: 40},
		{Name: "timer-stop-ns", Of: "Timers/op=Stop/impl=fanfold/order=made", Unit: "ns/op", Per: 1, Op: AtMost, Target: 70},
		{Name: "post-burst-ns", Of: "Burst/impl=fanfold", Unit: "ns/op", Per: 1, Op: AtMost, Target: 130},
		{Name: "post-alone-us", Of: "Alone/impl=fanfold", Unit: "ns/op", Per: 1e3, Op: AtMost, Target: 15},
		{Name: "wait-over-epoll_wait", Of: "Wait/fds=10000/impl=fanfold", Over: "epoll_wait", Op: AtMost, Target: 1.2},
	},
}

var files = Suite{
	Pkg:       "ioloop/files",
	Baselines: map[string]string{"Direct": "os.File", "Cached": "os.File"},
	Why: map[string]Reason{
		"Cached": blocksIn,
		"Direct": fewerAtOnce,
	},
	Marks: []Mark{
		{Name: "direct-over-os.File", Of: "Direct/impl=fanfold-ring", Over: "os.File", Op: AtLeast, Target: 1.3},
	},
}

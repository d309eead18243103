package suite

// The program of a suite that measures Python.
var python = []Script{{"python3", "peers.py"}}

var processes = Suite{
	Pkg: "ipc",
	Why: map[string]Reason{
		"Apply/impl=bare-futex":               lessWork,
		"Calls":                               stream,
		"Chunks":                              stream,
		"Chunks/impl=python-Pool.map-default": lessWork,
	},
	Charts: []Chart{{
		Name: "ipc-calls", Title: "Calls to processes, 256 in flight, times as fast as fanfold", Block: "inflight=256",
		Tables: []string{"Calls"},
	}},
	Scripts: python,
	Marks: []Mark{
		{Name: "apply-us", Of: "Apply/impl=fanfold", Unit: "ns/op", Per: 1e3, Op: AtMost, Target: 10},
		{Name: "calls-256-M/s", Of: "Calls/impl=fanfold/inflight=256", Unit: "calls/s", Per: 1e6, Op: AtLeast, Target: 1},
		{Name: "calls-256-over-Pool.map", Of: "Calls/impl=fanfold/inflight=256", Over: "python-Pool.map", Op: AtLeast, Target: 50},
		{Name: "chunks-256-M/s", Of: "Chunks/impl=fanfold/chunk=256", Unit: "items/s", Per: 1e6, Op: AtLeast, Target: 10},
		{Name: "chunks-256-over-Pool.map", Of: "Chunks/impl=fanfold/chunk=256", Over: "python-Pool.map-default", Op: AtLeast, Target: 5},
	},
	Costs: []Mark{
		{Name: "calls-1-k/s", Of: "Calls/impl=fanfold/inflight=1", Unit: "calls/s", Per: 1e3, Op: AtLeast, Note: "thousand calls a second, 1 in flight"},
		{Name: "calls-64-k/s", Of: "Calls/impl=fanfold/inflight=64", Unit: "calls/s", Per: 1e3, Op: AtLeast, Note: "thousand calls a second, 64 in flight"},
		{Name: "calls-256-k/s", Of: "Calls/impl=fanfold/inflight=256", Unit: "calls/s", Per: 1e3, Op: AtLeast, Note: "thousand calls a second, 256 in flight"},
	},
}

var starts = Suite{
	Pkg: "ipc/starts",
	Why: map[string]Reason{
		"Start/impl=bare":                       lessWork,
		"Start/impl=gob-pipes":                  outfits,
		"Start/impl=python-Pool-fork":           forks,
		"Start/impl=python-ProcessPoolExecutor": forks,
	},
	Scripts: python,
	Marks: []Mark{
		{Name: "start-ms", Of: "Start/impl=fanfold", Unit: "ns/op", Per: 1e6, Op: AtMost, Target: 3},
	},
}

var kills = Suite{
	Pkg: "ipc/kills",
	Why: map[string]Reason{
		"Kill/until=error":                            reaps,
		"Kill/until=answer":                           outfits,
		"Deadline/after=10ms":                         grace,
		"Deadline/after=100ms":                        grace,
		"Deadline/after=10ms/than=fanfold-graceless":  reaps,
		"Deadline/after=100ms/than=fanfold-graceless": reaps,
	},
	Scripts: python,
	Marks: []Mark{
		{Name: "kill-ms", Of: "Kill/until=error/impl=fanfold", Unit: "ns/op", Per: 1e6, Op: AtMost, Target: 5},
		{Name: "kill-longest-ms", Of: "Kill/until=error/impl=fanfold", Unit: "max-ns/op", Per: 1e6, Op: AtMost, Target: 5, Every: true},
		{Name: "deadline-graceless-ms", Of: "Deadline/after=10ms/impl=fanfold-graceless", Unit: "ns/op", Per: 1e6, Op: AtMost, Target: 5},
	},
}

var payloads = Suite{
	Pkg:       "ipc/payloads",
	Baselines: map[string]string{"Send": "os.Pipe"},
	Why: map[string]Reason{
		"Echo/size=64B":                    stream,
		"Echo/size=4KiB":                   stream,
		"Echo/size=64KiB":                  copies,
		"Echo/size=1MiB":                   copies,
		"Echo/size=16MiB":                  copies,
		"Send/size=64B":                    stream,
		"Send/size=4KiB":                   stream,
		"Send/size=1MiB":                   collected,
		"Send/size=64B/impl=os.Pipe-bufio": gathers, "Send/size=64B/impl=unix-bufio": gathers,
		"Send/size=4KiB/impl=os.Pipe-bufio": gathers, "Send/size=4KiB/impl=unix-bufio": gathers,
	},
	Charts: []Chart{{
		Name: "ipc-echo", Title: "Bytes there and back, times as fast as fanfold",
		Tables: []string{"Echo/size=64B", "Echo/size=4KiB", "Echo/size=64KiB", "Echo/size=1MiB"},
	}},
	Scripts: python,
	Marks: append(besidePython(),
		Mark{Name: "records-64B-M/s", Of: "Records/chunk=100/impl=fanfold", Unit: "records/s", Per: 1e6, Op: AtLeast, Target: 10}),
}

// besidePython returns the marks of payloads: at no size is one of Python's ways faster.
func besidePython() (marks []Mark) {
	for _, size := range []string{"64B", "4KiB", "64KiB", "1MiB", "16MiB"} {
		for _, peer := range []string{"Pipe", "Pool", "ProcessPoolExecutor"} {
			marks = append(marks, Mark{
				Name: "echo-" + size + "-over-" + peer,
				Of:   "Echo/size=" + size + "/impl=fanfold", Over: "python-" + peer, Op: AtLeast, Target: 1,
			})
		}
		for _, way := range []string{"Pipe", "OneWayPipe"} {
			marks = append(marks, Mark{
				Name: "send-" + size + "-over-" + way,
				Of:   "Send/size=" + size + "/impl=fanfold-" + way, Over: "python-" + way, Op: AtLeast, Target: 1,
			})
		}
	}
	return marks
}

var shared = Suite{
	Pkg: "ipc/shared",
	Baselines: map[string]string{
		"ThereAndBack": "bare-futex", "LockOfTwo": "C-robust", "Queue": "os.Pipe", "Call": "fanfold-plain", "Waiters": "channel",
	},
	Scripts: python,
	Marks: []Mark{
		{Name: "lock-over-sync.Mutex", Of: "Lock/impl=fanfold", Over: "sync.Mutex", Op: AtMost, Target: 1.5},
		{Name: "lock-over-C-robust", Of: "Lock/impl=fanfold", Over: "C-robust", Op: AtMost, Target: 1},
		{Name: "lock-of-two-ns", Of: "LockOfTwo/impl=fanfold", Unit: "ns/op", Per: 1, Op: AtMost, Target: 25},
		{Name: "lock-of-two-over-python", Of: "LockOfTwo/impl=fanfold", Over: "python-Lock", Op: AtLeast, Target: 20},
		{Name: "death-us", Of: "Death/impl=fanfold", Unit: "ns/op", Per: 1e3, Op: AtMost, Target: 200},
		{Name: "death-p99-ms", Of: "Death/impl=fanfold", Unit: "p99-ns/op", Per: 1e6, Op: AtMost, Target: 2},
		{Name: "death-without-waitv-ms", Of: "Death/impl=fanfold-without-waitv", Unit: "p99-ns/op", Per: 1e6, Op: AtMost, Target: 15},
		{Name: "death-others-stopped-ms", Of: "Death/impl=fanfold-others-stopped", Unit: "p99-ns/op", Per: 1e6, Op: AtMost, Target: 150},
		{Name: "event-over-futex", Of: "ThereAndBack/impl=fanfold-Event", Over: "bare-futex", Op: AtMost, Target: 1.5},
		{Name: "semaphore-over-futex", Of: "ThereAndBack/impl=fanfold-Semaphore", Over: "bare-futex", Op: AtMost, Target: 1.5},
		{Name: "condition-over-futex", Of: "ThereAndBack/impl=fanfold-Condition", Over: "bare-futex", Op: AtMost, Target: 1.5},
		{Name: "queue-64B-M/s", Of: "Queue/size=64B/impl=fanfold", Unit: "items/s", Per: 1e6, Op: AtLeast, Target: 1.2},
		{Name: "queue-64B-over-python", Of: "Queue/size=64B/impl=fanfold", Over: "python-Queue", Op: AtLeast, Target: 20},
		{Name: "queue-64B-batches-M/s", Of: "Queue/size=64B/impl=fanfold-batches", Unit: "items/s", Per: 1e6, Op: AtLeast, Target: 4},
		{Name: "queue-1MiB-over-pipe", Of: "Queue/size=1MiB/impl=fanfold", Over: "os.Pipe", Op: AtLeast, Target: 2},
		{Name: "load-64B-ns", Of: "Load/impl=fanfold", Unit: "ns/op", Per: 1, Op: AtMost, Target: 25},
		{Name: "add-ns", Of: "Add/impl=fanfold", Unit: "ns/op", Per: 1, Op: AtMost, Target: 10},
		{Name: "call-with-lock", Of: "Call/impl=fanfold", Over: "fanfold-plain", Op: AtMost, Target: 1.3},
		{Name: "waiters-threads", Of: "Waiters/impl=fanfold", Unit: "threads", Per: 1, Op: AtMost, Target: 4},
		{Name: "waiters-ms", Of: "Waiters/impl=fanfold", Unit: "ns/op", Per: 1e6, Op: AtMost, Target: 20},
		{Name: "memory-KiB", Of: "NewMemory/impl=fanfold", Unit: "resident-B", Per: 1 << 10, Op: AtMost, Target: 128},
		{Name: "lock-bytes", Of: "NewMemory/impl=fanfold", Unit: "lock-B", Per: 1, Op: AtMost, Target: 128},
	},
}

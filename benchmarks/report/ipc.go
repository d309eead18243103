package main

var ipcSuites = []suite{ipcSuite, startsSuite, killsSuite, payloadsSuite}

// The program of a suite that measures Python.
var python = []script{{"python3", "peers.py"}}

var ipcSuite = suite{
	pkg: "ipc",
	about: `A pool of worker processes, called with a function that adds one to an int, so
that the way there and back is all there is. gob-pipes, gob-unix and net-rpc-unix are one
child each, without supervision: nothing replaces it when it dies, nothing stops
a call; go-plugin is one supervised child; exec-gob is a process for each call. Python's
pools run in the same rounds if there is a python3. Apply is one call at a time (bare-futex is the two wake-ups alone that it needs), and
says what a worker takes of the memory afterwards (a Go worker is this test binary with everything that is measured
here; unshared is what is neither in the program's file nor in its parent); Calls is a
call with many in flight; Width is that with pools of different size; Chunks is an item
of a slice that is mapped a chunk at a time. processors is the time that all processors
spent on an operation, in the caller's process and in the workers'.`,
	why: map[string]string{
		"Apply/impl=bare-futex":               "it is no call: two processes wake each other through shared memory, and do nothing else",
		"Calls":                               "nobody supervises the child: no call can be taken back, cancelled or told from one that was started",
		"Chunks":                              "a chunk streams through a pipe that is written ahead of its reader, which nobody supervises; chunks beyond 8 KiB have a worker to themselves here",
		"Chunks/impl=python-Pool.map-default": "its chunks are an eighth of all items, whatever the line says",
	},
	charts: []chart{{
		name: "ipc-calls", title: "Calls to processes, 256 in flight, times as fast as fanfold", block: "inflight=256",
		tables: []string{"Calls"},
	}},
	scripts: python,
	marks: []mark{
		{name: "apply-us", of: "Apply/impl=fanfold", unit: "ns/op", per: 1e3, op: atMost, target: 10},
		{name: "calls-256-M/s", of: "Calls/impl=fanfold/inflight=256", unit: "calls/s", per: 1e6, op: atLeast, target: 1},
		{name: "calls-256-over-Pool.map", of: "Calls/impl=fanfold/inflight=256", over: "python-Pool.map", op: atLeast, target: 50},
		{name: "chunks-256-M/s", of: "Chunks/impl=fanfold/chunk=256", unit: "items/s", per: 1e6, op: atLeast, target: 10},
		{name: "chunks-256-over-Pool.map", of: "Chunks/impl=fanfold/chunk=256", over: "python-Pool.map-default", op: atLeast, target: 5},
	},
}

var startsSuite = suite{
	pkg: "ipc/starts",
	about: `A process is started, called once with a function that adds one, and waited for until
it is gone. bare is the same program again, which ends as soon as it comes to main: no Go
program can take less. gob-pipes is a child with two pipes, without supervision; fanfold a
pool of one worker, fanfold-Process a Process. The program is small: what packages do when
they are initialized is done again in each worker.`,
	why: map[string]string{
		"Start/impl=bare":                       "it does nothing",
		"Start/impl=gob-pipes":                  "its child has two pipes; a worker has memory to share, four pipes more, a second thread and is supervised",
		"Start/impl=python-Pool-fork":           "it copies a process that has started instead of starting one; a Go program cannot fork",
		"Start/impl=python-ProcessPoolExecutor": "it copies a process that has started instead of starting one; a Go program cannot fork",
	},
	scripts: python,
	marks: []mark{
		{name: "start-ms", of: "Start/impl=fanfold", unit: "ns/op", per: 1e6, op: atMost, target: 3},
	},
}

var killsSuite = suite{
	pkg: "ipc/kills",
	about: `An endless function, and what ends it. Kill is a kill -9 of its process, until the
caller has its error or a fresh process has answered a call: fanfold's pool and exec-gob
start one by themselves, for the others the caller makes a new child, plugin or executor,
since that one is gone with all that was in it; fanfold-spare has a process that stands
ready. Deadline is what a call with a deadline
takes beyond it. Nothing but its death ends the function, so the peers kill
their process then, as one has to; go-plugin asks it first. fanfold gives a function 10 ms
to heed the end of its context; with a Grace of −1, which fanfold-graceless has, it does
not. Times are medians, longest is the longest of a round. Python's Pool is not in Kill: it
replaces the worker, and the call never returns.`,
	why: map[string]string{
		"Kill/until=error":     reaps,
		"Kill/until=answer":    "its child has two pipes and is not supervised; a fresh worker has memory to share and four pipes more",
		"Deadline/after=10ms":  graces,
		"Deadline/after=100ms": graces,
	},
	scripts: python,
	marks: []mark{
		{name: "kill-ms", of: "Kill/until=error/impl=fanfold", unit: "ns/op", per: 1e6, op: atMost, target: 5},
		{name: "kill-longest-ms", of: "Kill/until=error/impl=fanfold", unit: "max-ns/op", per: 1e6, op: atMost, target: 5, every: true},
		{name: "deadline-graceless-ms", of: "Deadline/after=10ms/impl=fanfold-graceless", unit: "ns/op", per: 1e6, op: atMost, target: 5},
	},
}

// What explains the ends.
const (
	reaps  = "its caller reads the end of a stream; here the caller is told how the worker ended and what it said last, once it is reaped and all that it had started is dead"
	graces = "it is killed at the deadline; fanfold first gives the function its Grace of 10 ms, and tells the caller when the worker is reaped and all that it had started is dead"
)

var payloadsSuite = suite{
	pkg: "ipc/payloads",
	about: `How much goes to a process and back, and how much one way. Echo is one call at a
time that returns its argument, whose bytes are counted once; python-Pipe is a process
around the two ends of a Pipe, without a pool. Records are slices of [64]byte, with 256
calls in flight (chunk=1) or in chunks: the nearest thing there is to the
throughput of a ring of small messages, and more than that, since each record is
decoded, given to a function and answered. Send is a message received from a process
that does nothing but send. os.Pipe and unix are a stream with a length before each
message, -bufio with 64 KiB of buffer on both sides, where a message may lie until others
have filled it; fanfold-Pipe, fanfold-OneWayPipe and python's are connections, whose
messages are sent when Send returns.`,
	baselines: map[string]string{"Send": "os.Pipe"},
	why: map[string]string{
		"Echo/size=64B":                    bareProcess,
		"Echo/size=4KiB":                   bareProcess,
		"Echo/size=64KiB":                  large,
		"Echo/size=1MiB":                   sealed,
		"Echo/size=16MiB":                  sealed,
		"Send/size=64B":                    bareStream,
		"Send/size=4KiB":                   bareStream,
		"Send/size=1MiB":                   announced,
		"Send/size=64B/impl=os.Pipe-bufio": gathers, "Send/size=64B/impl=unix-bufio": gathers,
		"Send/size=4KiB/impl=os.Pipe-bufio": gathers, "Send/size=4KiB/impl=unix-bufio": gathers,
	},
	charts: []chart{{
		name: "ipc-echo", title: "Bytes there and back, times as fast as fanfold",
		tables: []string{"Echo/size=64B", "Echo/size=4KiB", "Echo/size=64KiB", "Echo/size=1MiB"},
	}},
	scripts: python,
	marks: []mark{
		{name: "records-64B-M/s", of: "Records/chunk=100/impl=fanfold", unit: "records/s", per: 1e6, op: atLeast, target: 10},
	},
}

// What explains the payloads.
const (
	bareProcess = "one process behind a stream: nobody supervises it, and a call cannot be stopped"
	large       = "beyond 8 KiB there are pipes here as well, and both sides copy a value once more, out of the message into what the function and its caller may keep"
	sealed      = "beyond 256 KiB a message is written into memory of its own, whose pages the system has to find each time, and read out of it into what is checked and decoded: two more copies on each side"
	bareStream  = "its receiver is one goroutine's own: no context ends its waiting, no lock keeps messages whole, no file can come along"
	announced   = "it allocates what is announced at once; here memory grows as the message comes, so that a liar cannot make the receiver allocate"
	gathers     = "it gathers 64 KiB of messages before it sends one"
)

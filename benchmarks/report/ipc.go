package main

var ipcSuite = suite{
	pkg: "ipc",
	about: `A pool of worker processes, called with a function that adds one to an int, so
that the way there and back is all there is. gob-pipes and net-rpc-unix are one
child each, without supervision: nothing replaces it when it dies, nothing stops
a call. Python's pools run in the same rounds if there is a python3. Spawn starts
a worker, calls it once and waits until it is gone; Apply is one call at a time;
Calls is a call with many in flight; Chunks is an item of a slice that is mapped
a chunk at a time.`,
	why: map[string]string{
		"Calls":                               "nobody supervises the child: no call can be taken back, cancelled or told from one that was started",
		"Chunks":                              "a chunk streams through a pipe that is written ahead of its reader, which nobody supervises; chunks beyond 8 KiB have a worker to themselves here",
		"Spawn":                               "its child has two pipes; a worker has memory to share, four pipes more and is supervised",
		"Chunks/impl=python-Pool.map-default": "its chunks are an eighth of all items, whatever the line says",
	},
	charts: []chart{{
		name: "ipc-calls", title: "Calls to processes, 256 in flight, times as fast as fanfold", block: "inflight=256",
		tables: []string{"Calls"},
	}},
	scripts: []script{{"python3", "peers.py"}},
	marks: []mark{
		{name: "spawn-ms", of: "Spawn/impl=fanfold", unit: "ns/op", per: 1e6, op: atMost, target: 3},
		{name: "apply-us", of: "Apply/impl=fanfold", unit: "ns/op", per: 1e3, op: atMost, target: 10},
		{name: "calls-256-M/s", of: "Calls/impl=fanfold/inflight=256", unit: "calls/s", per: 1e6, op: atLeast, target: 1},
		{name: "calls-256-over-Pool.map", of: "Calls/impl=fanfold/inflight=256", over: "python-Pool.map", op: atLeast, target: 50},
		{name: "chunks-256-M/s", of: "Chunks/impl=fanfold/chunk=256", unit: "items/s", per: 1e6, op: atLeast, target: 10},
		{name: "chunks-256-over-Pool.map", of: "Chunks/impl=fanfold/chunk=256", over: "python-Pool.map-default", op: atLeast, target: 5},
	},
}

package main

// parity is the ratio up to which two times count as the same: what the rounds of a
// quiet machine differ by.
const parity = 1.1

var concurrentSuites = []suite{poolsSuite, sleepersSuite, queuesSuite, locksSuite, signalsSuite, tasksSuite}

var poolsSuite = suite{
	pkg: "concurrent/pools",
	about: `Pools of eight workers against a goroutine for each task (go) and against the pool
one writes oneself: a channel and eight goroutines that range over it. Tasks submits
tasks that do nothing and waits until all have run. Results asks for a result of each,
64 tasks later; where there is no future the result comes through a channel. fanfold's
calls get a context that can end; that of the others, where they take one, is none.
processors is the time that all processors spent on an operation.`,
	baselines: map[string]string{"Tasks": "go", "Results": "go-channel"},
	marks: []mark{
		{name: "submit-1-producer", of: "Tasks/producers=1/impl=fanfold", over: "channel", op: atMost, target: 1},
		{name: "submit-16-producers", of: "Tasks/producers=16/impl=fanfold", over: "channel", op: atMost, target: 1},
		{name: "submit-allocs", of: "Tasks/producers=1/impl=fanfold", unit: "allocs/op", per: 1, op: atMost, target: 0},
		{name: "result", of: "Results/impl=fanfold", over: "go-channel", op: atMost, target: 0.3},
		{name: "result-allocs", of: "Results/impl=fanfold", unit: "allocs/op", per: 1, op: atMost, target: 2},
	},
	charts: []chart{{
		name: "pools", title: "Eight workers, times as fast as a goroutine for each task",
		tables: []string{"Tasks/producers=1", "Tasks/producers=16", "Results"},
	}},
	why: map[string]string{
		"Tasks/producers=1":  bare,
		"Tasks/producers=16": bare,
		"Results":            "fanfold-go is Go, a goroutine for each future that can be cancelled and waited for by anybody; a result through a channel is neither",
	},
}

// bare explains the pool of a channel.
const bare = "a channel's lock is the runtime's own, and it has no context, no priorities, no statistics and no order of those who wait for room"

var sleepersSuite = suite{
	pkg: "concurrent/sleepers",
	about: `A million tasks that sleep 10 ms, up to 200,000 at the same time; go has no such
bound, and channel starts all workers at once. The pools are made and closed within an
operation.`,
	baselines: map[string]string{"Sleepers": "go"},
	why: map[string]string{
		"Sleepers": "a worker is a goroutine that takes tasks out of a queue that has contexts, priorities and statistics",
	},
	marks: []mark{
		{name: "sleepers-time", of: "Sleepers/impl=fanfold", over: "ants", op: atMost, target: 1},
		{name: "sleepers-memory", of: "Sleepers/impl=fanfold", over: "ants", unit: "peak-B", op: atMost, target: 1},
	},
}

var queuesSuite = suite{
	pkg: "concurrent/queues",
	about: `Queues of 128 items against channels, against the queue one writes oneself of a
mutex and two conditions, and against one that spins (xsync). shape=4x4 has four goroutines
that put and four that get; an operation is an item put and taken. channel-context
is a channel in a select with the end of a context, which is what all of fanfold's
calls wait for, too; fanfold-batches puts and takes 16 at a time.`,
	baselines: map[string]string{
		"Queue": "channel", "SimpleQueue": "mutex-slice", "LifoQueue": "mutex-stack", "PriorityQueue": "mutex-heap",
	},
	marks: []mark{
		{name: "queue-1x1", of: "Queue/shape=1x1/impl=fanfold", over: "channel", op: atMost, target: 0.45},
		{name: "queue-4x4", of: "Queue/shape=4x4/impl=fanfold", over: "channel", op: atMost, target: 0.45},
		{name: "queue-32x32", of: "Queue/shape=32x32/impl=fanfold", over: "channel", op: atMost, target: 0.45},
	},
	charts: []chart{{
		name: "queues", title: "Queues of 128 items, times as fast as a channel",
		tables: []string{"Queue/shape=1x1", "Queue/shape=4x4", "Queue/shape=32x32"},
	}},
	why: map[string]string{
		"Queue/shape=1x1/impl=xsync-spinning":   spins,
		"Queue/shape=4x4/impl=xsync-spinning":   spins,
		"Queue/shape=32x32/impl=xsync-spinning": spins,
		"Queue/shape=4x4":                       noContext,
		"Queue/shape=32x32":                     noContext,
		"LifoQueue/shape=1x1":                   noContext,
		"LifoQueue/shape=4x4":                   noContext,
		"LifoQueue/shape=32x32":                 noContext,
		"SimpleQueue/shape=32x32":               noContext,
		"PriorityQueue/shape=4x4":               noContext,
	},
}

// What explains the queues.
const (
	spins     = "it does not wait but tries again, whatever that costs the processors"
	noContext = "its waiting ends for no context and no shutdown; two looks at the context and at the lines of those who wait"
)

var locksSuite = suite{
	pkg: "concurrent/locks",
	about: `Locks around one addition, by goroutines that do nothing else. channel-context and
semaphore-context (x/sync) are what one uses where waiting for a lock is to end with a
context, as fanfold-context does. RLock takes a lock twice: goroutine-id finds out by
runtime.Stack who it is that asks.`,
	baselines: map[string]string{"Lock": "sync.Mutex", "RWLock": "sync.RWMutex", "RLock": "sync.Mutex-once"},
	marks: []mark{
		{name: "lock-uncontended", of: "Lock/goroutines=1/impl=fanfold", over: "sync.Mutex", op: atMost, target: parity},
		{name: "lock-2", of: "Lock/goroutines=2/impl=fanfold", over: "sync.Mutex", op: atMost, target: 2},
		{name: "lock-16", of: "Lock/goroutines=16/impl=fanfold", over: "sync.Mutex", op: atMost, target: parity},
		{name: "lockcontext-uncontended", of: "Lock/goroutines=1/impl=fanfold-context", over: "sync.Mutex", op: atMost, target: parity},
		{name: "lockcontext-2", of: "Lock/goroutines=2/impl=fanfold-context", over: "sync.Mutex", op: atMost, target: 2},
		{name: "lockcontext-16", of: "Lock/goroutines=16/impl=fanfold-context", over: "sync.Mutex", op: atMost, target: parity},
	},
	charts: []chart{{
		name: "locks", title: "Locks, times as fast as a sync.Mutex",
		tables: []string{"Lock/goroutines=1", "Lock/goroutines=2", "Lock/goroutines=16"},
	}},
	why: map[string]string{
		"Lock/goroutines=1":                     looks,
		"Lock/goroutines=2":                     "there is no context to look at; and on two processors who has the lock keeps it for many turns, as long as the other one sleeps",
		"RLock":                                 "it takes a lock once, the others twice; Do also makes a context for the owner",
		"RWLock/mode=read/goroutines=1":         looks,
		"RWLock/mode=write/goroutines=1":        writes,
		"RWLock/mode=write/goroutines=2":        writes,
		"RWLock/mode=write-tenth/goroutines=1":  looks,
		"RWLock/mode=write-tenth/goroutines=2":  looks,
		"RWLock/mode=write-tenth/goroutines=16": looks,
	},
}

// What explains the locks.
const (
	looks  = "there is no context to look at, which is a call through an interface"
	writes = "it keeps no line of those who wait that a context can take them out of, and there is no context to look at"
)

var signalsSuite = suite{
	pkg: "concurrent/signals",
	about: `What goroutines tell each other with. Condition: two goroutines wake each other in
turns. EventSet asks for an event that was set before, EventWake starts 16 goroutines and
sets what they wait for. Barrier is a meeting of so many goroutines, Semaphore takes one
of four permits and gives it back.`,
	baselines: map[string]string{
		"Condition": "sync.Cond", "EventSet": "closed-channel", "EventWake": "channel-context",
		"Barrier": "sync.Cond", "Semaphore": "x-sync",
	},
	marks: []mark{
		{name: "condition-context", of: "Condition/impl=fanfold-context", over: "sync.Cond", op: atMost, target: 2.2},
		{name: "event-set-ns", of: "EventSet/impl=fanfold-context", unit: "ns/op", per: 1, op: atMost, target: 5},
	},
	why: map[string]string{
		"Condition":         "its waiting ends for no context, and parks in the runtime instead of on a channel made for it",
		"Barrier/parties=2": cannotBeLeft,
		"Barrier/parties=8": cannotBeLeft,
	},
}

// cannotBeLeft explains the barriers.
const cannotBeLeft = "it cannot be left, broken or reset, and parks in the runtime instead of on a channel made for the meeting"

var tasksSuite = suite{
	pkg: "concurrent/tasks",
	about: `Groups of 16 goroutines with next to nothing to do, started and waited for. Generate has a
goroutine make 1000 elements for a loop, so many of them ahead of it.`,
	baselines: map[string]string{
		"WaitGroup": "sync.WaitGroup", "Group": "errgroup", "Gather": "WaitGroup+slice", "Generate": "channel",
	},
	why: map[string]string{
		"Gather":                         "it has no futures: nobody else can wait for one of them, or cancel it",
		"Generate/ahead=0/impl=channel":  "nothing ends its producer when the loop is left",
		"Generate/ahead=64/impl=channel": "nothing ends its producer when the loop is left",
	},
}

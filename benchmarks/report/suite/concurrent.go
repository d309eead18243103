package suite

// parity is the ratio up to which two times count as the same: the rounds of a
// quiet machine differ by as much.
const parity = 1.1

var pools = Suite{
	Pkg:       "concurrent/pools",
	Baselines: map[string]string{"Tasks": "go", "Results": "go-channel"},
	Marks: []Mark{
		{Name: "submit-1-producer", Of: "Tasks/producers=1/impl=fanfold", Over: "channel", Op: AtMost, Target: 1},
		{Name: "submit-16-producers", Of: "Tasks/producers=16/impl=fanfold", Over: "channel", Op: AtMost, Target: 1},
		{Name: "submit-allocs", Of: "Tasks/producers=1/impl=fanfold", Unit: "allocs/op", Per: 1, Op: AtMost, Target: 0},
		{Name: "result", Of: "Results/impl=fanfold", Over: "go-channel", Op: AtMost, Target: 0.3},
		{Name: "result-allocs", Of: "Results/impl=fanfold", Unit: "allocs/op", Per: 1, Op: AtMost, Target: 2},
	},
	Charts: []Chart{{
		Name: "pools", Title: "Eight workers, times as fast as a goroutine for each task",
		Tables: []string{"Tasks/producers=1", "Tasks/producers=16", "Results"},
	}},
	Why: map[string]Reason{
		"Tasks/producers=1":  bareChannel,
		"Tasks/producers=16": bareChannel,
		"Results":            noFuture,
	},
}

var sleepers = Suite{
	Pkg:       "concurrent/sleepers",
	Baselines: map[string]string{"Sleepers": "go"},
	Why: map[string]Reason{
		"Sleepers": bareChannel,
	},
	Marks: []Mark{
		{Name: "sleepers-time", Of: "Sleepers/impl=fanfold", Over: "ants", Op: AtMost, Target: 1},
		{Name: "sleepers-memory", Of: "Sleepers/impl=fanfold", Over: "ants", Unit: "peak-B", Op: AtMost, Target: 1},
	},
}

var queues = Suite{
	Pkg: "concurrent/queues",
	Baselines: map[string]string{
		"Queue": "channel", "SimpleQueue": "mutex-slice", "LifoQueue": "mutex-stack", "PriorityQueue": "mutex-heap",
	},
	Marks: []Mark{
		{Name: "queue-1x1", Of: "Queue/shape=1x1/impl=fanfold", Over: "channel", Op: AtMost, Target: 0.45},
		{Name: "queue-4x4", Of: "Queue/shape=4x4/impl=fanfold", Over: "channel", Op: AtMost, Target: 0.45},
		{Name: "queue-32x32", Of: "Queue/shape=32x32/impl=fanfold", Over: "channel", Op: AtMost, Target: 0.45},
	},
	Charts: []Chart{{
		Name: "queues", Title: "Queues of 128 items, times as fast as a channel",
		Tables: []string{"Queue/shape=1x1", "Queue/shape=4x4", "Queue/shape=32x32"},
	}},
	Why: map[string]Reason{
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

var locks = Suite{
	Pkg:       "concurrent/locks",
	Baselines: map[string]string{"Lock": "sync.Mutex", "RWLock": "sync.RWMutex", "RLock": "sync.Mutex-once"},
	Marks: []Mark{
		{Name: "lock-uncontended", Of: "Lock/goroutines=1/impl=fanfold", Over: "sync.Mutex", Op: AtMost, Target: parity},
		{Name: "lock-2", Of: "Lock/goroutines=2/impl=fanfold", Over: "sync.Mutex", Op: AtMost, Target: 2},
		{Name: "lock-16", Of: "Lock/goroutines=16/impl=fanfold", Over: "sync.Mutex", Op: AtMost, Target: parity},
		{Name: "lockcontext-uncontended", Of: "Lock/goroutines=1/impl=fanfold-context", Over: "sync.Mutex", Op: AtMost, Target: parity},
		{Name: "lockcontext-2", Of: "Lock/goroutines=2/impl=fanfold-context", Over: "sync.Mutex", Op: AtMost, Target: 2},
		{Name: "lockcontext-16", Of: "Lock/goroutines=16/impl=fanfold-context", Over: "sync.Mutex", Op: AtMost, Target: parity},
	},
	Charts: []Chart{{
		Name: "locks", Title: "Locks, times as fast as a sync.Mutex",
		Tables: []string{"Lock/goroutines=1", "Lock/goroutines=2", "Lock/goroutines=16"},
	}},
	Why: map[string]Reason{
		"Lock/goroutines=1":                     ignoresEnd,
		"Lock/goroutines=2":                     ignoresEnd,
		"RLock":                                 locksOnce,
		"RWLock/mode=read/goroutines=1":         ignoresEnd,
		"RWLock/mode=write/goroutines=1":        noContext,
		"RWLock/mode=write/goroutines=2":        noContext,
		"RWLock/mode=write-tenth/goroutines=1":  ignoresEnd,
		"RWLock/mode=write-tenth/goroutines=2":  ignoresEnd,
		"RWLock/mode=write-tenth/goroutines=16": ignoresEnd,
	},
}

var signals = Suite{
	Pkg: "concurrent/signals",
	Baselines: map[string]string{
		"Condition": "sync.Cond", "EventSet": "closed-channel", "EventWake": "channel-context",
		"Barrier": "sync.Cond", "Semaphore": "x-sync",
	},
	Marks: []Mark{
		{Name: "condition-context", Of: "Condition/impl=fanfold-context", Over: "sync.Cond", Op: AtMost, Target: 2.2},
		{Name: "event-set-ns", Of: "EventSet/impl=fanfold-context", Unit: "ns/op", Per: 1, Op: AtMost, Target: 5},
	},
	Why: map[string]Reason{
		"Condition":         noContext,
		"Barrier/parties=2": noContext,
		"Barrier/parties=8": noContext,
	},
}

var tasks = Suite{
	Pkg: "concurrent/tasks",
	Baselines: map[string]string{
		"WaitGroup": "sync.WaitGroup", "Group": "errgroup", "Gather": "WaitGroup+slice", "Generate": "channel",
	},
	Why: map[string]Reason{
		"Gather":                         noFuture,
		"Generate/ahead=0/impl=channel":  noContext,
		"Generate/ahead=64/impl=channel": noContext,
	},
}

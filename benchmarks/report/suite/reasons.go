package suite

// A Reason says in one line why another implementation is faster than fanfold.
// The first page groups the losing cases by it.
type Reason string

// The reasons, those of the functional rooms first.
const (
	unexplained Reason = "not explained yet"

	switches    Reason = "each wait of a Stream costs a switch between its goroutine and the loop's"
	blocksIn    Reason = "what is in memory is one copy for a goroutine; a loop adds a future and two ways"
	oneByOne    Reason = "a C loop has no scheduler, and blocks at once; with one connection each request is a wait"
	sleeps      Reason = "a goroutine that waits for a channel is woken by the scheduler; a loop sleeps in the kernel"
	looksAtAll  Reason = "bare epoll_wait yields no tokens and ends by no Wake; select and poll look at every descriptor"
	fewerAtOnce Reason = "the pool has 16 workers, and each read goes there and back between goroutines"
	raw         Reason = "it knows no messages: each of ours has an end to find, a handler, a context and a lock"
	smaller     Reason = "a stream has a goroutine, a lock and what it is waited for; a handler has none of them"

	goStatement Reason = "100 items of 1 ns take less time than one go statement"
	ignoresEnd  Reason = "it looks at no context, which costs a call through an interface"
	intoPlace   Reason = "it writes results where they belong; the function of par.MapChunks returns a slice that is copied"
	perItem     Reason = "every item goes to another goroutine and back"
	startsAll   Reason = "it starts all goroutines before the first item, and pays for them on any input"
	recursion   Reason = "Go's compiler does not inline an operator into itself; one Map of a composed function is the loop"
	conditional Reason = "in the loop the compiler turns one of two conditions into a conditional move"
	growing     Reason = "the slice of a sequence of unknown length grows; slices.AppendSeq takes one with room"
	inPlace     Reason = "it works on a slice in place; fanfold returns copies, or asks a sequence for each element"
	makesRoom   Reason = "it makes room for as many distinct elements as there are elements"
	neverEvicts Reason = "a map never evicts: it keeps no order of use, no statistics and no context"
	lockFree    Reason = "its hits take no lock"

	bareChannel Reason = "a channel has no context, priorities, statistics or order of waiting producers"
	noContext   Reason = "its waiting ends with no context, shutdown or reset"
	noFuture    Reason = "it makes no future that others can wait for, look at or cancel"
	spins       Reason = "it spins instead of waiting, and keeps a processor busy"
	locksOnce   Reason = "it locks once, RLock twice; Do makes a context as well"

	lessWork  Reason = "it does less: no call, no work in the process, or larger chunks"
	stream    Reason = "its stream has one reader and no supervision: no cancellation, no lock, no files"
	gathers   Reason = "it holds messages back until it has 64 KiB of them"
	copies    Reason = "arguments and results are new memory each time; Python's allocator hands out the same again"
	collected Reason = "a message is new memory for its receiver each time; Python's allocator hands out the same again"
	reaps     Reason = "its caller sees a stream end; fanfold reads the last words and reaps the process group first"
	grace     Reason = "it kills at the deadline; fanfold gives the function its Grace of 10 ms first"
	outfits   Reason = "its child has two pipes; a worker has shared memory, six pipes and a supervisor"
	forks     Reason = "it forks a process that has started; a Go program cannot fork"
	merges    Reason = "what processes counted crosses a pipe and is merged by the parent, which has no core of its own"
)

package ipc

import (
	"os"
	"sync/atomic"
)

// mainCalled says that this program serves when it is started as a worker.
var mainCalled atomic.Bool

// started is the role this process was given, taken from its environment
// before anything else in the program can see it.
var started, isWorker = takeRole()

// Main turns the process into a worker if a [Pool] started it as one, and then
// does not return: it serves calls until the pool is closed or its process is
// gone. In any other process it returns at once.
//
// Call it first in main, before flags are parsed or files opened: a worker is
// the same executable started again, with no arguments.
func Main() {
	mainCalled.Store(true)
	if isWorker {
		os.Exit(serve(started))
	}
}

// TestMain runs a package's tests so that they can use pools: it calls [Main]
// and then m.Run, whose status it returns.
//
//	func TestMain(m *testing.M) { os.Exit(ipc.TestMain(m)) }
func TestMain(m interface{ Run() int }) int {
	Main()
	return m.Run()
}

// InWorker reports whether this process is a worker of a pool.
func InWorker() bool { return isWorker }

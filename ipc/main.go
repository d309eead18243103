package ipc

import (
	"os"
	"sync/atomic"

	"github.com/fanfold/fanfold/ipc/internal/child"
)

// mainCalled says that this program serves when it is started as a worker.
var mainCalled atomic.Bool

// started is the role this process was given, taken from its environment
// before anything else in the program can see it.
var started, isWorker = child.TakeRole()

// Main turns this process into a worker if a [Pool] or a [Process] has started it as
// one. Then it serves calls until the pool lets it go or the process that started it
// ends, and does not return. In any other process it returns at once.
//
// Call it first in main, before flags are parsed or files opened: a worker is the same
// executable, started again without arguments.
func Main() {
	mainCalled.Store(true)
	if isWorker {
		os.Exit(serve(started))
	}
}

// TestMain runs the tests of a package that uses pools or processes. It calls [Main],
// then m.Run, and returns the status of m.Run.
//
//	func TestMain(m *testing.M) { os.Exit(ipc.TestMain(m)) }
func TestMain(m interface{ Run() int }) int {
	Main()
	return m.Run()
}

// InWorker reports whether a [Pool] or a [Process] has started this process.
func InWorker() bool { return isWorker }

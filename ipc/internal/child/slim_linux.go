package child

import (
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// slimStack is the size of the stacks that threads of C have in a process whose
// memory is limited: enough for what is reasonable, and an eighth of the usual.
const slimStack = 1 << 20

// slim sees to it that a process with a limit of memory does not spend it on stacks.
// The C library looks at the limit of a stack once, when the program starts, and gives
// as much to every thread: so the limit is lowered, the program started once more in the
// same process, with a word in its role that says so, and the limit raised again, for
// the first thread's sake. text is the role as it was given.
func (r *Role) slim(text string) {
	var stack unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_STACK, &stack) != nil {
		return
	}
	if r.stack > 0 {
		stack.Cur = min(r.stack, stack.Max)
		_ = unix.Setrlimit(unix.RLIMIT_STACK, &stack)
		return
	}
	if stack.Cur <= slimStack {
		return
	}
	was := min(stack.Cur, 1<<62) // no limit is a number, too
	stack.Cur = slimStack
	if unix.Setrlimit(unix.RLIMIT_STACK, &stack) != nil {
		return
	}
	env := append(os.Environ(), roleVariable+"="+text+":stack="+strconv.FormatUint(was, 10))
	_ = syscall.Exec(executable(), os.Args, env)
	// It goes on as it is: with less memory, but within its limit.
	stack.Cur = was
	_ = unix.Setrlimit(unix.RLIMIT_STACK, &stack)
}

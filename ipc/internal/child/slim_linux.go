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

// arenaMax is the variable that bounds, for the C library, how many reserves of 64 MiB
// malloc has, one for each thread as a rule.
const arenaMax = "MALLOC_ARENA_MAX"

// slim sees to it that a process with a limit of memory does not spend it on stacks and
// on reserves. The C library looks at the limit of a stack and at its variables once,
// when the program starts: so the limit is lowered and the variable set, the program
// started once more in the same process, with a word in its role that says so, and the
// limit raised again, for the first thread's sake. text is the role as it was given.
func (r *Role) slim(text string) {
	var stack unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_STACK, &stack) != nil {
		return
	}
	if r.stack > 0 {
		stack.Cur = min(r.stack, stack.Max)
		_ = unix.Setrlimit(unix.RLIMIT_STACK, &stack)
		if r.oneArena {
			os.Unsetenv(arenaMax)
		}
		return
	}
	was := min(stack.Cur, 1<<62) // no limit is a number, too
	stack.Cur = min(was, slimStack)
	if unix.Setrlimit(unix.RLIMIT_STACK, &stack) != nil {
		return
	}
	words := ":stack=" + strconv.FormatUint(was, 10)
	env := os.Environ()
	if _, set := os.LookupEnv(arenaMax); !set {
		env = append(env, arenaMax+"=1")
		words += ":arena=1"
	}
	path, _ := executable() // without one the call below fails, and this process goes on
	_ = syscall.Exec(path, os.Args, append(env, roleVariable+"="+text+words))
	// It goes on as it is: with less memory, but within its limit.
	stack.Cur = was
	_ = unix.Setrlimit(unix.RLIMIT_STACK, &stack)
}

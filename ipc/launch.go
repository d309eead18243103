package ipc

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Launch says how a process is started, what it may use, and how it is ended. It
// is embedded in [PoolOptions] and [ProcessOptions]. The zero value of each field
// is its default.
//
// Each process leads a process group, which a terminal takes for a background job. It
// ignores SIGTTIN, SIGTTOU and SIGTSTP, so that the terminal does not stop it.
type Launch struct {
	// Env is added to the environment of the process, in the form "key=value". The
	// process inherits the rest from this process, as it is when the process starts.
	// The last value of a key counts.
	Env []string

	// CleanEnv makes Env the whole environment; nothing is inherited. Passwords in the
	// environment of this process stay here.
	CleanEnv bool

	// Dir is the working directory of the process. A relative one is below the working
	// directory that this process has when the option is given. Empty means the working
	// directory of this process when the process starts.
	Dir string

	// Limits bound what the process may use of the machine. Limits.CPU counts for the
	// whole life of the process: a worker of a pool that has used it up is killed and
	// replaced.
	Limits Limits

	// Sys is passed to the system unchanged: for user ids (Credential), for namespaces
	// (Cloneflags), for a control group whose limits hold beside Limits (UseCgroupFD
	// and CgroupFD). The package sets Setpgid and, on Linux, Pdeathsig in a copy.
	Sys *syscall.SysProcAttr

	// Grace is how long a function may go on after its ctx has ended. Then its process
	// is killed, whatever it does. 0 means 10 ms, a negative value means that it is
	// killed at once.
	Grace time.Duration

	// StartTimeout is how long the process may take until it is ready, the Initializer
	// of a pool included. 0 means 10 s.
	StartTimeout time.Duration

	// MaxMessage bounds the encoded size of an argument and of a result, in bytes. It
	// also bounds what the process can make this process allocate. 0 means 256 MiB.
	MaxMessage int

	// Stdout receives the standard output of the process; nil means the standard output
	// of this process. The process inherits an *os.File directly. Another writer is
	// called by one goroutine of this package. While a Write blocks, the process waits
	// when it writes more. After the process has ended, the goroutine passes on what
	// is left as long as each Write takes less than a second, and drops the rest.
	// Errors of Write are ignored.
	Stdout io.Writer

	// Stderr receives the standard error of the process; nil means os.Stderr. It is
	// called as Stdout is, but also if it is an *os.File. The last 8 KiB are kept for
	// [ProcessDiedError].
	Stderr io.Writer
}

const (
	defaultGrace        = 10 * time.Millisecond
	defaultStartTimeout = 10 * time.Second
	defaultMaxMessage   = 256 << 20
)

// checked returns l with its defaults. It panics where a field makes no sense for a
// process that inherits so many files.
func (l Launch) checked(caller string, files int) Launch {
	switch {
	case l.MaxMessage < 0:
		panic(fmt.Sprintf("ipc: %s: MaxMessage is %d, want 0 (256 MiB) or more", caller, l.MaxMessage))
	case l.StartTimeout < 0:
		panic(fmt.Sprintf("ipc: %s: StartTimeout is %v, want 0 (10 s) or more", caller, l.StartTimeout))
	case slices.ContainsFunc(l.Env, notEnv):
		panic(fmt.Sprintf("ipc: %s: Env is %q, want key=value", caller, l.Env))
	}
	l.Limits.check(caller, files)
	if l.Grace == 0 {
		l.Grace = defaultGrace
	}
	if l.StartTimeout == 0 {
		l.StartTimeout = defaultStartTimeout
	}
	if l.MaxMessage == 0 {
		l.MaxMessage = defaultMaxMessage
	}
	l.Env = slices.Clone(l.Env)
	if rooted, err := filepath.Abs(l.Dir); err == nil && l.Dir != "" {
		l.Dir = rooted
	}
	return l
}

// notEnv reports whether s has no key, or would be cut short by the system.
func notEnv(s string) bool {
	return strings.IndexByte(s, '=') <= 0 || strings.IndexByte(s, 0) >= 0
}

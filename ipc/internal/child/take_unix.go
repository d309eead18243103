//go:build unix

package child

import (
	"crypto/subtle"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// ExitBroken is the exit status of a child whose descriptors or limits do not work, or
// whose parent makes no sense.
const ExitBroken = 3

// The descriptors that a child inherits after standard input, output and error.
const (
	fdRequest = 3 + iota // calls, read
	fdReply              // results, written
	fdControl            // a socket: the token, then cancellations and files; its end is the parent's end
	fdLife               // nothing; its end is the end of this process and of all it started
	fdCrash              // what the Go runtime says of a crash, written
	fdRing               // memory to share, if there is any
)

// Lines are the files that a child was handed down.
type Lines struct {
	Requests, Replies *os.File // they block
	Control           *os.File
	Memory            *os.File   // a ring's; nil for none
	Inherited         []*os.File // the user's
}

// Begin makes this process the child that its role says. What a crash of it says goes to
// the parent, its heap keeps within its limit, and the files are those that the parent has
// handed down. It is called once.
func (r *Role) Begin() Lines {
	if crash := os.NewFile(fdCrash, "crash"); crash != nil {
		// The runtime keeps a duplicate. If this fails, a crash is still told on standard
		// error, whose end the parent keeps.
		_ = debug.SetCrashOutput(crash, debug.CrashOptions{})
		crash.Close()
	}
	r.Limits.collectWithin()
	_ = syscall.SetNonblock(fdRequest, false)
	_ = syscall.SetNonblock(fdReply, false)
	l := Lines{
		Requests: os.NewFile(fdRequest, "requests"),
		Replies:  os.NewFile(fdReply, "replies"),
		Control:  os.NewFile(fdControl, "control"),
	}
	if r.Ring {
		l.Memory = os.NewFile(fdRing, "ring")
	}
	for i := range r.Files {
		l.Inherited = append(l.Inherited, os.NewFile(uintptr(fdRing+i), "inherited"))
	}
	return l
}

// TakeRole reads and removes the role of this process, and sets its limits for good. It
// reports false for an ordinary process, which has no role, or one that its descriptors do
// not confirm. It is called before anything else in the program can see the role.
func TakeRole() (Role, bool) {
	text, ok := os.LookupEnv(roleVariable)
	if !ok {
		return Role{}, false
	}
	os.Unsetenv(roleVariable)
	r, token, ok := parseRole(text)
	if !ok {
		return Role{}, false
	}
	if r.Limits.Memory > 0 {
		r.slim(text)
	}
	if !confirmed(token) {
		return Role{}, false
	}
	unhurried()
	showName()
	// A group of its own is a job for the terminal, which no shell knows of that could
	// continue it: it must not stop. In the background a read fails and a write succeeds.
	signal.Ignore(syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGTSTP)
	if r.Ring {
		syscall.CloseOnExec(fdRing)
	}
	// What this process starts in its turn inherits none of this, except its life:
	// as long as one of them has that descriptor, its end finds them all.
	for _, fd := range []int{fdRequest, fdReply, fdControl, fdCrash} {
		syscall.CloseOnExec(fd)
	}
	for i := range r.Files {
		syscall.CloseOnExec(fdRing + i)
	}
	tieLife()
	r.Limits.apply()
	return r, true
}

// confirmed reports whether the descriptors of this process are those of a child, and
// the control socket begins with the token.
func confirmed(token []byte) bool {
	for fd := fdRequest; fd <= fdCrash; fd++ {
		var st syscall.Stat_t
		want := uint32(syscall.S_IFIFO)
		if fd == fdControl {
			want = syscall.S_IFSOCK
		}
		if syscall.Fstat(fd, &st) != nil || uint32(st.Mode)&syscall.S_IFMT != want {
			return false
		}
	}
	// The parent wrote the token before it started us: a socket without it is
	// another one's, and must not be waited for.
	if syscall.SetNonblock(fdControl, true) != nil {
		return false
	}
	got := make([]byte, tokenSize)
	n, _ := syscall.Read(fdControl, got)
	return n == tokenSize && subtle.ConstantTimeCompare(got, token) == 1
}

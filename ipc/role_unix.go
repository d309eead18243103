//go:build unix

package ipc

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A worker learns its role from an environment variable and an inherited socket
// that must agree: the variable alone, which anybody could set, makes nobody a
// worker. The variable reads TOKEN:MAXMESSAGE and the words of the role, a colon
// before each, and the control socket begins with the same token.
const roleVariable = "FANFOLD_IPC_WORKER"

// The descriptors a worker inherits after standard input, output and error.
const (
	fdRequest = 3 + iota // calls, read
	fdReply              // results, written
	fdControl            // a socket: the token, then cancellations and files; its end is the pool's end
	fdLife               // nothing; its end is the end of this process and of all it started
	fdCrash              // what the Go runtime says of a crash, written
	fdRing               // memory to share, if there is any
)

const tokenSize = 16

type role struct {
	maxMessage int
	ring       bool   // calls come through shared memory
	spin       bool   // there are processors enough for waiting to be busy for a moment
	pipes      bool   // nothing comes through shared memory, nor goes
	once       bool   // there is one call, and the process ends with it
	name       string // of the process, if it is not one of many
	files      int    // handed down by the user, behind the others
	limits     Limits
	stack      uint64 // the limit of stacks that this process had, if that was lowered
}

func newToken() []byte {
	token := make([]byte, tokenSize)
	rand.Read(token)
	return token
}

func roleEnvironment(token []byte, r role) string {
	var text strings.Builder
	text.WriteString(roleVariable + "=" + hex.EncodeToString(token) + ":" + strconv.Itoa(r.maxMessage))
	for word, n := range map[string]int64{
		"ring": number(r.ring), "pipes": number(r.pipes), "spin": number(r.spin), "once": number(r.once), "files": int64(r.files),
		"memory": r.limits.Memory, "cpu": int64(r.limits.CPU), "open": int64(r.limits.Files),
		"size": r.limits.FileSize, "nocore": number(r.limits.NoCore),
	} {
		if n != 0 {
			text.WriteString(":" + word + "=" + strconv.FormatInt(n, 10))
		}
	}
	if r.name != "" {
		text.WriteString(":name=" + hex.EncodeToString([]byte(r.name)))
	}
	return text.String()
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// parse takes in the words of the role.
func (r *role) parse(words string) bool {
	for word := range strings.SplitSeq(words, ":") {
		key, value, _ := strings.Cut(word, "=")
		if key == "name" {
			name, err := hex.DecodeString(value)
			if err != nil {
				return false
			}
			r.name = string(name)
			continue
		}
		n, err := strconv.ParseInt(value, 10, 64)
		switch {
		case word == "":
		case err != nil || n < 0:
			return false
		case key == "ring":
			r.ring = n == 1
		case key == "spin":
			r.spin = n == 1
		case key == "pipes":
			r.pipes = n == 1
		case key == "once":
			r.once = n == 1
		case key == "files":
			r.files = int(n)
		case key == "memory":
			r.limits.Memory = n
		case key == "cpu":
			r.limits.CPU = time.Duration(n)
		case key == "open":
			r.limits.Files = int(n)
		case key == "size":
			r.limits.FileSize = n
		case key == "stack":
			r.stack = uint64(n)
		case key == "nocore":
			r.limits.NoCore = n == 1
		}
	}
	return true
}

// lines are the files that a process in a role was handed down.
type lines struct {
	requests, replies *os.File // they block
	control           *os.File
	crash             *os.File
	memory            *os.File   // of a ring; nil for none
	inherited         []*os.File // the user's
}

// open makes files of the descriptors that were handed down. It is called once.
func (r *role) open() lines {
	_ = syscall.SetNonblock(fdRequest, false)
	_ = syscall.SetNonblock(fdReply, false)
	l := lines{
		requests: os.NewFile(fdRequest, "requests"),
		replies:  os.NewFile(fdReply, "replies"),
		control:  os.NewFile(fdControl, "control"),
		crash:    os.NewFile(fdCrash, "crash"),
	}
	if r.ring {
		l.memory = os.NewFile(fdRing, "ring")
	}
	for i := range r.files {
		l.inherited = append(l.inherited, os.NewFile(uintptr(fdRing+i), "inherited"))
	}
	return l
}

// takeRole reads and removes the role of this process. Without one, or with one
// that its descriptors do not confirm, the process is an ordinary one.
func takeRole() (role, bool) {
	text, ok := os.LookupEnv(roleVariable)
	if !ok {
		return role{}, false
	}
	os.Unsetenv(roleVariable)
	tokenText, rest, _ := strings.Cut(text, ":")
	limitText, words, _ := strings.Cut(rest, ":")
	want, err := hex.DecodeString(tokenText)
	maxMessage, err2 := strconv.Atoi(limitText)
	if err != nil || err2 != nil || len(want) != tokenSize || maxMessage <= 0 {
		return role{}, false
	}
	r := role{maxMessage: maxMessage}
	if !r.parse(words) {
		return role{}, false
	}
	if r.limits.Memory > 0 {
		r.slim(text)
	}
	for fd := fdRequest; fd <= fdCrash; fd++ {
		var st syscall.Stat_t
		want := uint32(syscall.S_IFIFO)
		if fd == fdControl {
			want = syscall.S_IFSOCK
		}
		if syscall.Fstat(fd, &st) != nil || uint32(st.Mode)&syscall.S_IFMT != want {
			return role{}, false
		}
	}
	// The pool wrote the token before it started us: a socket without it is
	// somebody else's, and must not be waited for.
	if syscall.SetNonblock(fdControl, true) != nil {
		return role{}, false
	}
	got := make([]byte, tokenSize)
	n, _ := syscall.Read(fdControl, got)
	if n != tokenSize || subtle.ConstantTimeCompare(got, want) != 1 {
		return role{}, false
	}
	if r.ring {
		syscall.CloseOnExec(fdRing)
	}
	// What the worker starts in its turn inherits none of this, except its life:
	// as long as one of them has that descriptor, its end finds them all.
	for _, fd := range []int{fdRequest, fdReply, fdControl, fdCrash} {
		syscall.CloseOnExec(fd)
	}
	for i := range r.files {
		syscall.CloseOnExec(fdRing + i)
	}
	tieLife()
	r.limits.apply()
	return r, true
}

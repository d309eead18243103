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
)

// A worker learns its role from an environment variable and an inherited pipe
// that must agree: the variable alone, which anybody could set, makes nobody a
// worker. The variable reads TOKEN:MAXMESSAGE, with :ring behind it if a ring is
// handed down, and the control pipe begins with the same token.
const roleVariable = "FANFOLD_IPC_WORKER"

// The descriptors a worker inherits after standard input, output and error.
const (
	fdRequest = 3 + iota // calls, read
	fdReply              // results, written
	fdControl            // the token, then cancellations, read; its end is the pool's end
	fdLife               // nothing; its end is the end of this process and of all it started
	fdCrash              // what the Go runtime says of a crash, written
	fdRing               // memory to share, if there is any
)

const tokenSize = 16

type role struct {
	maxMessage int
	ring       bool // calls come through shared memory
}

func newToken() []byte {
	token := make([]byte, tokenSize)
	rand.Read(token)
	return token
}

func roleEnvironment(token []byte, r role) string {
	text := roleVariable + "=" + hex.EncodeToString(token) + ":" + strconv.Itoa(r.maxMessage)
	if r.ring {
		text += ":ring"
	}
	return text
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
	limitText, ring, _ := strings.Cut(rest, ":")
	want, err := hex.DecodeString(tokenText)
	maxMessage, err2 := strconv.Atoi(limitText)
	if err != nil || err2 != nil || len(want) != tokenSize || maxMessage <= 0 {
		return role{}, false
	}
	for fd := fdRequest; fd <= fdCrash; fd++ {
		var st syscall.Stat_t
		if syscall.Fstat(fd, &st) != nil || st.Mode&syscall.S_IFMT != syscall.S_IFIFO {
			return role{}, false
		}
	}
	// The pool wrote the token before it started us: a pipe without it is
	// somebody else's, and must not be waited for.
	if syscall.SetNonblock(fdControl, true) != nil {
		return role{}, false
	}
	got := make([]byte, tokenSize)
	n, _ := syscall.Read(fdControl, got)
	if n != tokenSize || subtle.ConstantTimeCompare(got, want) != 1 {
		return role{}, false
	}
	r := role{maxMessage: maxMessage, ring: ring == "ring"}
	if r.ring {
		syscall.CloseOnExec(fdRing)
	}
	// What the worker starts in its turn inherits none of this, except its life:
	// as long as one of them has that descriptor, its end finds them all.
	for _, fd := range []int{fdRequest, fdReply, fdControl, fdCrash} {
		syscall.CloseOnExec(fd)
	}
	tieLife()
	return r, true
}

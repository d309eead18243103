//go:build unix

package link

import (
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// failing has sends of descriptors fail after so many bytes of the frame.
func failing(t *testing.T, err error, after int) (end func()) {
	t.Helper()
	writeRights = func(f *os.File, raw syscall.RawConn, message []byte, rights []int) (int, error) {
		if after == 0 {
			return 0, os.NewSyscallError("sendmsg", err)
		}
		n, _ := fds.Write(f, raw, message[:after], rights)
		return n, os.NewSyscallError("sendmsg", err)
	}
	end = func() { writeRights = fds.Write }
	t.Cleanup(end)
	return end
}

// serveOne answers the next call with its own argument.
func serveOne(control *Control, in Inbox) error {
	with, rights, err := control.Receive()
	if err != nil {
		return err
	}
	in.Deliver(&with, rights)
	f, err := in.Receive()
	if err == nil {
		err = in.Start()
	}
	if err == nil {
		fds.CloseAll(f.Got)
		err = in.Reply(&Frame{Kind: KindResult, Call: f.Call, Body: f.Body})
	}
	return err
}

// ends returns both sides of each transport that there is.
var ends = map[string]func(*testing.T) (Transport, Inbox, *Control){
	"pipes": func(t *testing.T) (Transport, Inbox, *Control) {
		near, far, _ := newPipeEnds(t)
		return near, far, far.control
	},
}

// A call whose files the system refuses to send fails with that error, nothing of it has
// gone, and the next one is served.
func TestFilesThatAreNotSent(t *testing.T) {
	for name, newEnds := range ends {
		for _, refusal := range []syscall.Errno{syscall.ETOOMANYREFS, syscall.ENOBUFS, syscall.ENOMEM, syscall.EPERM} {
			t.Run(name+"/"+refusal.Error(), func(t *testing.T) {
				near, far, control := newEnds(t)
				call := func() *Passage {
					p := newCall("f", []byte("in"))
					p.Files = []*os.File{os.Stdin}
					p.Request.Files = 1
					require.True(t, near.Post(p, true))
					return p
				}
				end := failing(t, refusal, 0)
				p := call()
				err := near.Answer(p)
				require.ErrorIs(t, err, ErrUnsent)
				require.ErrorIs(t, err, refusal)
				require.NotErrorIs(t, err, ErrCut)
				require.True(t, near.Withdraw(p), "nothing has gone")
				end()
				p = call()
				served := make(chan error, 1)
				go func() { served <- serveOne(control, far) }()
				require.NoError(t, near.Answer(p))
				require.NoError(t, <-served)
				require.Equal(t, "in", string(p.Reply.Body))
			})
		}
	}
}

// Half a frame, or a worker that is gone, is no failure of the call's: the socket is of no
// use any more.
func TestFilesThatAreCutOff(t *testing.T) {
	for name, how := range map[string]struct {
		err   error
		after int
	}{
		"half a frame": {syscall.ENOBUFS, 10},
		"no other end": {syscall.EPIPE, 0},
		"a reset":      {syscall.ECONNRESET, 0},
	} {
		t.Run(name, func(t *testing.T) {
			near, _, _ := newPipeEnds(t)
			failing(t, how.err, how.after)
			p := newCall("f", nil)
			p.Files = []*os.File{os.Stdin}
			require.True(t, near.Post(p, true))
			err := near.Answer(p)
			require.ErrorIs(t, err, ErrCut)
			require.False(t, errors.Is(err, ErrUnsent))
			read, started := near.Fate(p)
			require.False(t, read || started)
		})
	}
}

//go:build unix

package link

import (
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// newCall returns the passage of a call.
func newCall(name string, in []byte) *Passage {
	return &Passage{Request: Frame{Kind: KindCall, Name: name, Body: in}}
}

// newPipeEnds returns both ends of pipes, and what ends the worker's as its death would.
func newPipeEnds(t *testing.T) (near *Pipes, far *pipeInbox, die func()) {
	t.Helper()
	near, replyW, err := NewPipes(1 << 20)
	require.NoError(t, err)
	ours, theirs := newControls(t)
	near.Attach(ours, false)
	t.Cleanup(func() {
		near.Close()
		replyW.Close()
	})
	far = &pipeInbox{maxMessage: 1 << 20, control: theirs, parcels: make(chan parcel, 1), requests: near.Requests(), replies: replyW}
	return near, far, func() {
		near.Ended()
		replyW.Close()
	}
}

// A call goes there, and its answer comes back.
func TestPipes(t *testing.T) {
	near, far, _ := newPipeEnds(t)
	for i, size := range []int{0, 100, 300_000} {
		p := newCall("f", make([]byte, size))
		require.True(t, near.Post(p, true))
		require.EqualValues(t, i+1, p.Request.Call)
		require.False(t, near.Ready(p), "reading may block")
		served := make(chan error, 1)
		go func() {
			f, err := far.Receive()
			if err == nil {
				err = far.Start()
			}
			if err == nil {
				err = far.Reply(&Frame{Kind: KindResult, Call: f.Call, Body: f.Body})
			}
			served <- err
		}()
		require.NoError(t, near.Answer(p))
		require.NoError(t, <-served)
		require.Equal(t, KindResult, p.Reply.Kind)
		require.Len(t, p.Reply.Body, size)
		require.False(t, near.Withdraw(p), "it was sent")
	}
	p := newCall("f", nil)
	require.False(t, near.Post(p, false), "one call at a time")
	require.True(t, near.Post(p, true))
	require.True(t, near.Withdraw(p))
	near.Dismiss()
	_, err := far.Receive()
	require.Equal(t, io.EOF, err)
}

// How far a worker got with a call can be read in the pipe when it is dead.
func TestPipeFates(t *testing.T) {
	const name = "some name"
	for _, size := range []int{0, 100, 500_000} { // the last is more than a pipe holds
		whole := headerSize + len(name) + size
		for _, c := range []struct {
			taken         int
			read, started bool
		}{
			{0, false, false}, {1, false, false}, {headerSize, false, false},
			{headerSize + 1, true, false}, {whole - 1, true, false}, {whole, true, false},
			{whole + 1, true, true}, // the ticket, too
		} {
			t.Run(fmt.Sprintf("%d of %d", c.taken, whole+1), func(t *testing.T) {
				near, far, die := newPipeEnds(t)
				p := newCall(name, make([]byte, size))
				require.True(t, near.Post(p, true))
				died := make(chan error, 1)
				go func() {
					_, err := io.CopyN(io.Discard, far.requests, int64(c.taken))
					die()
					died <- err
				}()
				require.Error(t, near.Answer(p))
				require.NoError(t, <-died)
				read, started := near.Fate(p)
				require.Equal(t, c.read, read)
				require.Equal(t, c.started, started)
			})
		}
	}
}

// What is no answer to the call is nonsense.
func TestWrongAnswers(t *testing.T) {
	for name, reply := range map[string]Frame{
		"to another call": {Kind: KindResult, Call: 2},
		"a call":          {Kind: KindCall, Call: 1},
		"a hello":         {Kind: KindHello, Call: 1},
		"with files":      {Kind: KindResult, Call: 1, Files: 1},
	} {
		t.Run(name, func(t *testing.T) {
			near, far, _ := newPipeEnds(t)
			p := newCall("f", nil)
			require.True(t, near.Post(p, true))
			require.NoError(t, far.Reply(&reply))
			require.NoError(t, far.control.Close())
			err := near.Answer(p)
			require.Truef(t, errors.Is(err, ErrProtocol) || reply.Files > 0 && err == io.EOF, "%v", err)
		})
	}
}

// An answer that was given before the worker died is read however late the goroutine that
// waits for it comes to the processor, although a stranger keeps the pipe open.
func TestAnswerAfterTheDeadline(t *testing.T) {
	near, far, _ := newPipeEnds(t)
	p := newCall("f", nil)
	require.True(t, near.Post(p, true))
	require.NoError(t, far.Reply(&Frame{Kind: KindResult, Call: 1, Body: []byte("in time")}))
	near.Ended()
	require.NoError(t, near.reply.SetReadDeadline(time.Unix(1, 0)))
	require.NoError(t, near.Answer(p))
	require.Equal(t, "in time", string(p.Reply.Body))
	_, err := near.receive()
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "and then it waits for no more")
}

// A worker that was built with another version of the package is none.
func TestProtocolVersion(t *testing.T) {
	for version, want := range map[uint64]string{
		protocolVersion:     "",
		protocolVersion + 1: fmt.Sprintf("it speaks version %d, this process version %d", protocolVersion+1, protocolVersion),
		0:                   "it speaks version 0",
	} {
		near, far, _ := newPipeEnds(t)
		require.NoError(t, far.Reply(&Frame{Kind: KindHello, Call: version}))
		err := near.Hello(time.Minute)
		if want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, ErrProtocol)
			require.ErrorContains(t, err, want)
		}
	}
	near, far, _ := newPipeEnds(t)
	require.NoError(t, far.Reply(&Frame{Kind: KindResult}))
	require.ErrorIs(t, near.Hello(time.Minute), ErrProtocol)
}

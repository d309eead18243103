package link

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/internal/memfd"
)

func TestSealed(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789"), 50_000)
	f, ok := seal(want)
	require.True(t, ok)
	defer f.Close()
	got, err := unseal(f, len(want))
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got))
	_, err = f.WriteAt([]byte("x"), 0)
	require.ErrorIs(t, err, os.ErrPermission)
	require.ErrorIs(t, f.Truncate(1), os.ErrPermission)
	got[0] = 'x' // nobody else's
	again, err := unseal(f, len(want))
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, again))
	_, err = unseal(f, len(want)-1)
	require.ErrorIs(t, err, ErrProtocol)
}

// memory returns memory of that size, so much of it used, with seals.
func memory(t *testing.T, size int64, used, seals int) *os.File {
	fd, err := unix.MemfdCreate("hostile", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	require.NoError(t, err)
	_, err = unix.Write(fd, make([]byte, used))
	require.NoError(t, err)
	require.NoError(t, unix.Ftruncate(fd, size))
	_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals)
	require.NoError(t, err)
	return os.NewFile(uintptr(fd), "hostile")
}

// What a worker says of sealed bodies is checked, and costs it its life.
func TestHostileSealed(t *testing.T) {
	before := leak.Take()
	good, ok := seal(make([]byte, 1000))
	require.True(t, ok)
	defer good.Close()
	disk, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	defer disk.Close()
	require.NoError(t, disk.Truncate(1000))
	device, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer device.Close()
	unsealed := memory(t, 1000, 1000, unix.F_SEAL_SHRINK)
	defer unsealed.Close()
	writable := memory(t, 1000, 1000, int(memfd.FixedSize))
	defer writable.Close()
	empty := memory(t, 1<<20, 0, int(memfd.Frozen))
	defer empty.Close()
	large, ok := seal(make([]byte, 2<<20))
	require.True(t, ok)
	defer large.Close()
	many := make([]*os.File, maxFiles+1)
	for i := range many {
		many[i] = device
	}
	answer := func(files int, sealed bool) Frame {
		return Frame{Kind: KindResult, Call: 1, Files: files, sealed: sealed}
	}
	with := Frame{Kind: KindFiles, Call: 1}
	cases := map[string]struct {
		answer Frame
		with   Frame // in the control socket
		files  []*os.File
		good   bool
	}{
		"as it should be":            {answer(1, true), with, []*os.File{good}, true},
		"not sealed":                 {answer(1, true), with, []*os.File{unsealed}, false},
		"writable":                   {answer(1, true), with, []*os.File{writable}, false},
		"more than it has":           {answer(1, true), with, []*os.File{empty}, false},
		"more than the limit":        {answer(1, true), with, []*os.File{large}, false},
		"a file":                     {answer(1, true), with, []*os.File{disk}, false},
		"a device":                   {answer(1, true), with, []*os.File{device}, false},
		"sealed by nothing":          {answer(0, true), with, nil, false},
		"fewer than announced":       {answer(2, true), with, []*os.File{good}, false},
		"more than announced":        {answer(1, true), with, []*os.File{good, device}, false},
		"of another call":            {answer(1, true), Frame{Kind: KindFiles, Call: 2}, []*os.File{good}, false},
		"in another frame":           {answer(1, true), Frame{Kind: KindCancel, Call: 1}, []*os.File{good}, false},
		"more than may travel":       {answer(maxFiles+1, false), with, many, false},
		"for who expects none":       {answer(1, false), with, []*os.File{device}, false},
		"with an error":              {Frame{Kind: KindError, Call: 1, Files: 1}, with, []*os.File{device}, false},
		"announced and never coming": {answer(1, true), Frame{}, nil, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p, replyW, err := NewPipes(1 << 20)
			require.NoError(t, err)
			ours, theirs := newControls(t)
			p.control = ours
			defer func() {
				p.Close()
				ours.Close()
			}()
			if c.with.Kind != 0 {
				c.with.Body = appendNames(nil, c.files)
				require.NoError(t, theirs.send(c.with, c.files, time.Time{}))
			}
			theirs.Close()
			_, err = replyW.Write(c.answer.appendHead(nil))
			require.NoError(t, err)
			replyW.Close()
			reply, err := p.receive()
			if err == nil {
				call := &Passage{Request: Frame{Call: 1}}
				err = call.accept(reply)
			}
			if c.good {
				require.NoError(t, err)
				require.Len(t, reply.Body, 1000)
				return
			}
			require.Truef(t, errors.Is(err, ErrProtocol) || err == io.EOF, "%v", err)
		})
	}
	for _, f := range []*os.File{good, disk, device, unsealed, writable, empty, large} {
		f.Close()
	}
	require.Empty(t, before.Wait(leak.Grace), "descriptors that nobody wanted")
}

// A process that may not write large files, or has no descriptor left, has no sealed
// memory, and is not ended by asking for some.
func TestNoSealedMemory(t *testing.T) {
	if os.Getenv("IPC_TEST_NO_MEMORY") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestNoSealedMemory$")
		cmd.Env = append(os.Environ(), "IPC_TEST_NO_MEMORY=1")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		return
	}
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1000, Max: 1000}))
	_, ok := seal(make([]byte, 1001))
	require.False(t, ok)
	f, ok := seal(make([]byte, 1000))
	require.True(t, ok)
	f.Close()
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: 3}))
	_, ok = seal(make([]byte, 100))
	require.False(t, ok)
}

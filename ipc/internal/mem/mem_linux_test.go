//go:build linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package mem

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/futex"
	"github.com/fanfold/fanfold/internal/leak"
)

// asPeer makes the test binary another process that has the memory in descriptor 3, and
// obeys the lines of its standard input.
const asPeer = "MEM_TEST_PEER"

func TestMain(m *testing.M) {
	if os.Getenv(asPeer) != "" {
		obey()
		return
	}
	os.Exit(leak.Run(m.Run))
}

// obey does what each line says, and answers with a line.
func obey() {
	if os.Getenv(asPeer) == unlistedPeer {
		setRobustList = func(uintptr, uintptr) syscall.Errno { return syscall.EPERM }
	}
	m, err := Attach(os.NewFile(3, "memory"))
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(0)
	}
	fmt.Println("slot", m.Self().Slot)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		switch word, rest, _ := strings.Cut(lines.Text(), " "); word {
		case "allocate":
			var n int
			fmt.Sscan(rest, &n)
			for range n {
				offset, err := m.New(0, 7, 8, "", nil)
				if err != nil {
					fmt.Println("error:", err)
					break
				}
				fmt.Println(offset)
			}
			fmt.Println("done")
		case "close":
			m.Close()
			fmt.Println("closed")
		case "exit":
			os.Exit(3)
		case "panic":
			panic("told to")
		case "exec":
			syscall.Exec("/bin/sleep", []string{"sleep", "0.01"}, nil)
		case "return":
			return
		}
	}
	os.Exit(0)
}

// A peer is another process that has the memory.
type peer struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Scanner
	self Owner
}

// join starts a peer, and returns it with its first line.
func join(t *testing.T, m *Memory) (*peer, string) {
	t.Helper()
	return joinAs(t, m, "1")
}

// unlistedPeer is a peer whose kernel refuses the list of lives.
const unlistedPeer = "2"

func joinAs(t *testing.T, m *Memory, kind string) (*peer, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asPeer+"="+kind, "GORACE=atexit_sleep_ms=0")
	cmd.ExtraFiles = []*os.File{m.File()}
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	p := &peer{t: t, cmd: cmd, in: in, out: bufio.NewScanner(out)}
	t.Cleanup(p.kill)
	line := p.read()
	if n, ok := strings.CutPrefix(line, "slot "); ok {
		var slot int
		fmt.Sscan(n, &slot)
		o, here := m.Of(slot)
		require.True(t, here)
		p.self = o
	}
	return p, line
}

// peerOf is join of a process that gets in.
func peerOf(t *testing.T, m *Memory) *peer {
	t.Helper()
	p, line := join(t, m)
	require.Contains(t, line, "slot ")
	return p
}

func (p *peer) read() string {
	p.t.Helper()
	require.True(p.t, p.out.Scan(), "the peer has ended")
	return p.out.Text()
}

func (p *peer) say(line string) {
	_, err := io.WriteString(p.in, line+"\n")
	require.NoError(p.t, err)
}

func (p *peer) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

func newMemory(t *testing.T, o Options) *Memory {
	t.Helper()
	m, err := New(o)
	require.NoError(t, err)
	t.Cleanup(m.Close)
	return m
}

// untilDead waits for the kernel's note.
func untilDead(t *testing.T, m *Memory, o Owner) {
	t.Helper()
	for begun := time.Now(); !m.Dead(o); {
		life, _ := m.Life(o.Slot)
		if v := life.Load(); v&ownerDied == 0 {
			_, err := futex.Wait(life, v, 100*time.Millisecond)
			require.NoError(t, err)
		}
		require.Less(t, time.Since(begun), 10*time.Second)
	}
}

// However a process ends, the kernel notes it, and a sweep frees its slot for the next.
func TestDeaths(t *testing.T) {
	m := newMemory(t, Options{Max: 1 << 20, Processes: 4})
	for round := range effort.Times(3, 2, 60) {
		for _, how := range []string{"kill", "exit", "panic", "exec", "return"} {
			p := peerOf(t, m)
			require.Equal(t, 2, p.self.Slot)
			require.False(t, m.Dead(p.self))
			require.Equal(t, p.cmd.Process.Pid, m.Pid(p.self))
			require.Equal(t, 2, m.Processes())
			require.Zero(t, m.Sweep())
			if how == "kill" {
				p.kill()
			} else {
				p.say(how)
			}
			untilDead(t, m, p.self)
			require.True(t, m.Here(p.self), "not swept yet")
			require.Equal(t, 1, m.Processes())
			before := m.Deaths()
			require.Equal(t, 1, m.Sweep(), "%s, round %d", how, round)
			require.Equal(t, before+1, m.Deaths())
			require.False(t, m.Here(p.self))
			require.True(t, m.Dead(p.self))
			require.Zero(t, m.Pid(p.self))
			p.kill()
		}
	}
}

// The death of a process of which the kernel tells nothing is seen, too.
func TestDeathsUnlisted(t *testing.T) {
	m := newMemory(t, Options{Max: 1 << 20, Processes: 4})
	for _, how := range []string{"kill", "exit", "panic", "return"} {
		p, line := joinAs(t, m, unlistedPeer)
		require.Contains(t, line, "slot ")
		require.False(t, m.Dead(p.self))
		require.Zero(t, m.Sweep())
		if how == "kill" {
			p.kill()
		} else {
			p.say(how)
		}
		untilDead(t, m, p.self)
		require.True(t, m.AnyDead())
		require.Equal(t, 1, m.Sweep(), how)
		require.False(t, m.Here(p.self))
		p.kill()
	}
}

// A process that closes the memory leaves nothing to sweep.
func TestLeave(t *testing.T) {
	m := newMemory(t, Options{Max: 1 << 20, Processes: 4})
	p := peerOf(t, m)
	p.say("close")
	require.Equal(t, "closed", p.read())
	require.False(t, m.Here(p.self))
	require.True(t, m.Dead(p.self))
	require.Zero(t, m.Sweep())
	p.say("return")
	p.cmd.Wait()
	require.Zero(t, m.Sweep())
	require.Zero(t, m.Deaths())
}

// No more processes than slots get in, and the places of the dead go to others.
func TestManyProcesses(t *testing.T) {
	m := newMemory(t, Options{Max: 1 << 20, Processes: 3})
	a, b := peerOf(t, m), peerOf(t, m)
	_, line := join(t, m)
	require.Contains(t, line, "error: the memory is full: 3 processes have it")
	require.Equal(t, 3, m.Processes())
	a.kill()
	b.kill()
	untilDead(t, m, a.self)
	untilDead(t, m, b.self)
	c := peerOf(t, m) // sweeps, and moves in
	require.Equal(t, 2, c.self.Slot)
	require.Equal(t, a.self.Generation+1, c.self.Generation)
	require.EqualValues(t, 2, m.Deaths())
	peerOf(t, m)
	require.Equal(t, 3, m.Processes())
}

// Objects that several processes make at the same time do not overlap, and all are found.
func TestObjects(t *testing.T) {
	m := newMemory(t, Options{Max: 8 << 20, Processes: 4})
	const each = 500
	peers := []*peer{peerOf(t, m), peerOf(t, m)}
	for _, p := range peers {
		p.say(fmt.Sprint("allocate ", each))
	}
	seen := map[uint64]bool{}
	var mu sync.Mutex
	var own sync.WaitGroup
	failures := make(chan error, 4*each)
	for range 4 {
		own.Go(func() {
			for range each {
				offset, err := m.New(0, 7, 8, "", nil)
				mu.Lock()
				if err != nil || seen[offset] {
					failures <- fmt.Errorf("%d: %w", offset, err)
				}
				seen[offset] = true
				mu.Unlock()
			}
		})
	}
	own.Wait()
	require.Empty(t, failures)
	for _, p := range peers {
		for line := p.read(); line != "done"; line = p.read() {
			var offset uint64
			_, err := fmt.Sscan(line, &offset)
			require.NoError(t, err, line)
			require.False(t, seen[offset])
			seen[offset] = true
		}
	}
	require.Len(t, seen, 6*each)
	require.Equal(t, 6*each, m.Objects())
	listed := 0
	m.each(func(_ uint64, o known) {
		listed++
		require.EqualValues(t, 8, o.size)
	})
	require.Equal(t, 6*each, listed)
	for offset := range seen {
		_, err := m.Find(offset, 0, 7, 8)
		require.NoError(t, err)
	}
	_, err := m.Find(m.first(), 0, 8, 8)
	require.ErrorIs(t, err, ErrLayout)
	_, err = m.Find(m.first()+8, 0, 7, 8)
	require.ErrorIs(t, err, ErrLayout)
	_, err = m.Find(1<<60, 0, 7, 8)
	require.ErrorIs(t, err, ErrLayout)
}

// What does not fit is an error, and takes nothing.
func TestFull(t *testing.T) {
	m := newMemory(t, Options{Max: 1 << 20, Processes: 2})
	for _, size := range []int{1 << 20, 1 << 40, 1<<63 - 100} {
		_, err := m.New(0, 0, size, "", nil)
		require.ErrorIs(t, err, ErrFull)
	}
	made := 0
	for {
		_, err := m.New(0, 0, 1000, "", nil)
		if err != nil {
			require.ErrorIs(t, err, ErrFull)
			break
		}
		made++
	}
	require.Equal(t, (1<<20-int(m.first()))/1088, made)
	require.LessOrEqual(t, m.Bytes(), int64(1<<20))
}

// One file is one memory in one process.
func TestAttachTwice(t *testing.T) {
	m := newMemory(t, Options{Max: 1 << 20, Processes: 2})
	fd, err := syscall.Dup(int(m.File().Fd()))
	require.NoError(t, err)
	same, err := Attach(os.NewFile(uintptr(fd), "memory"))
	require.NoError(t, err)
	require.Same(t, m, same)
	require.Equal(t, 1, m.Processes())
	m.Close()
	m.Close()
}

// A file that is no memory is refused.
func TestNoMemory(t *testing.T) {
	head := make([]byte, headerSize+3*slotSize)
	for _, c := range []struct {
		about string
		set   func(h *header)
		size  int
	}{
		{"nothing", func(h *header) {}, 0},
		{"zeros", func(h *header) {}, len(head)},
		{"another version", func(h *header) { h.magic, h.version = magic, version+1 }, len(head)},
		{"no processes", func(h *header) { h.magic, h.version, h.max = magic, version, 1<<20 }, len(head)},
		{"too many processes", func(h *header) { h.magic, h.version, h.max, h.processes = magic, version, 1<<20, 1<<31 }, len(head)},
		{"too large", func(h *header) { h.magic, h.version, h.max, h.processes = magic, version, 1<<60, 3 }, len(head)},
		{"too short", func(h *header) { h.magic, h.version, h.max, h.processes = magic, version, 1<<20, 3 }, len(head) - 1},
	} {
		t.Run(c.about, func(t *testing.T) {
			clear(head)
			c.set((*header)(unsafe.Pointer(&head[0])))
			f, err := os.CreateTemp(t.TempDir(), "")
			require.NoError(t, err)
			_, err = f.Write(head[:c.size])
			require.NoError(t, err)
			_, err = Attach(f)
			require.ErrorIs(t, err, ErrLayout)
			_, err = f.Stat()
			require.ErrorIs(t, err, os.ErrClosed)
		})
	}
}

// A segment that was written over at random is an error or nonsense, and no crash.
func FuzzSegment(f *testing.F) {
	f.Add(uint16(0), uint64(1))
	f.Add(uint16(64), uint64(1<<40))
	f.Add(uint16(72), ^uint64(0))
	f.Add(uint16(headerSize), uint64(ownerDied))
	f.Fuzz(func(t *testing.T, where uint16, what uint64) {
		m, err := New(Options{Max: 1 << 18, Processes: 3})
		require.NoError(t, err)
		defer m.Close()
		offset, err := m.New(1, 2, 100, "", nil)
		require.NoError(t, err)
		at := int(where) % int(m.first()+256)
		if at >= headerSize+slotSize-8 && at < headerSize+2*slotSize+8 {
			return // this process's own life, and the kernel's list of it
		}
		binary.LittleEndian.PutUint64(m.b[at:], what)
		m.Find(offset, 1, 2, 100)
		m.New(1, 2, 100, "", nil)
		m.each(func(offset uint64, o known) {
			b := unsafe.Slice((*byte)(m.words(offset)), o.size)
			for i := range b {
				sum.Add(uint32(b[i]))
			}
		})
		m.Sweep()
		m.Processes()
	})
}

var sum atomic.Uint32

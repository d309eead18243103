package memfd

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) {
	if os.Getenv(asLimited) != "" {
		limited()
		os.Exit(0)
	}
	os.Exit(leak.Run(m.Run))
}

func create(t *testing.T, size int) *os.File {
	t.Helper()
	f, err := Create("fanfold-test", size)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// Two mappings of one file are one memory, also when the file is closed.
func TestMap(t *testing.T) {
	f := create(t, 10_000)
	require.NoError(t, Reserve(f, 10_000))
	require.NoError(t, Seal(f, FixedSize))
	a, err := Map(f, 10_000)
	require.NoError(t, err)
	b, err := Map(f, 10_000)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Len(t, a, 10_000)
	copy(a[9_000:], "hello")
	require.Equal(t, "hello", string(b[9_000:9_005]))
	require.NoError(t, Unmap(a))
	require.NoError(t, Unmap(b))

	_, err = Map(f, 1)
	require.ErrorIs(t, err, os.ErrClosed)
	require.ErrorIs(t, Reserve(f, 1), os.ErrClosed)
	require.ErrorIs(t, Seal(f, NoGrow), os.ErrClosed)
}

func TestReserve(t *testing.T) {
	f := create(t, 1<<20)
	blocks := func() int64 {
		info, err := f.Stat()
		require.NoError(t, err)
		return info.Sys().(*syscall.Stat_t).Blocks * 512
	}
	require.Zero(t, blocks())
	require.NoError(t, Reserve(f, 1<<20))
	require.EqualValues(t, 1<<20, blocks())
}

func TestSeals(t *testing.T) {
	f := create(t, 1000)
	require.NoError(t, Seal(f, FixedSize))
	require.ErrorIs(t, f.Truncate(500), syscall.EPERM)
	require.ErrorIs(t, f.Truncate(2000), syscall.EPERM)
	_, err := f.WriteAt([]byte("x"), 0)
	require.NoError(t, err)
	require.ErrorIs(t, Seal(f, NoWrite), syscall.EPERM, "no more seals")

	f = create(t, 1000)
	mem, err := Map(f, 1000)
	require.NoError(t, err)
	require.ErrorIs(t, Seal(f, NoWrite), syscall.EBUSY)
	require.NoError(t, Unmap(mem))
	require.NoError(t, Seal(f, NoWrite))
	_, err = f.WriteAt([]byte("x"), 0)
	require.ErrorIs(t, err, syscall.EPERM)
}

func TestFrozen(t *testing.T) {
	for _, size := range []int{0, 1, 5000, 1 << 20} {
		data := bytes.Repeat([]byte{'x'}, size)
		f, err := Freeze("fanfold-test", data)
		require.NoError(t, err)
		got, err := ReadFrozen(f, size)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got), size)
		_, err = f.WriteAt([]byte("y"), 0)
		require.ErrorIs(t, err, syscall.EPERM)
		if size > 0 {
			_, err = ReadFrozen(f, size-1)
			require.ErrorIs(t, err, ErrRefused)
		}
		require.NoError(t, f.Close())
		_, err = ReadFrozen(f, size)
		require.ErrorIs(t, err, os.ErrClosed)
	}
}

func TestRefused(t *testing.T) {
	disk, err := os.Create(filepath.Join(t.TempDir(), "file"))
	require.NoError(t, err)
	defer disk.Close()
	sealed := func(size int, seals Seals) *os.File {
		f := create(t, size)
		require.NoError(t, Seal(f, seals))
		return f
	}
	for name, f := range map[string]*os.File{
		"a file on disk":  disk,
		"not sealed":      create(t, 0),
		"can be written":  sealed(0, FixedSize),
		"may be unsealed": sealed(0, Frozen&^NoSeals),
		"may shrink":      sealed(0, Frozen&^NoShrink),
		"may grow":        sealed(0, Frozen&^NoGrow),
		"not filled":      sealed(1<<20, Frozen),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadFrozen(f, 2<<20)
			require.ErrorIs(t, err, ErrRefused)
		})
	}
}

const asLimited = "MEMFD_TEST_LIMITED"

// A size beyond the limit of file sizes is an error, where the system sends a signal
// that ends the process.
func TestLimit(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asLimited+"=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

// limited is what another process does, which keeps its limit.
func limited() {
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1000, Max: 1000}); err != nil {
		panic(err)
	}
	if _, err := Create("fanfold-test", 1001); !isTooLarge(err) {
		panic(err)
	}
	if _, err := Freeze("fanfold-test", make([]byte, 1001)); !isTooLarge(err) {
		panic(err)
	}
	f, err := Freeze("fanfold-test", make([]byte, 1000))
	if err != nil {
		panic(err)
	}
	f.Close()
}

func isTooLarge(err error) bool {
	e, ok := err.(*os.SyscallError)
	return ok && e.Err == syscall.EFBIG
}

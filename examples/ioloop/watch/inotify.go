//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"iter"
	"os"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/examples/internal/stdout"
)

// words say what has happened to a file.
var words = []struct {
	mask uint32
	word string
}{
	{unix.IN_CREATE, "created"},
	{unix.IN_CLOSE_WRITE, "written"},
	{unix.IN_DELETE, "deleted"},
	{unix.IN_MOVED_FROM, "moved away"},
	{unix.IN_MOVED_TO, "moved here"},
	{unix.IN_Q_OVERFLOW, "more than could be noted"},
}

// open returns an inotify descriptor for what happens in a folder.
func open(dir string) (int, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return -1, os.NewSyscallError("inotify_init1", err)
	}
	var mask uint32 = unix.IN_ONLYDIR
	for _, w := range words {
		mask |= w.mask
	}
	if _, err := unix.InotifyAddWatch(fd, dir, mask&unix.IN_ALL_EVENTS|unix.IN_ONLYDIR); err != nil {
		unix.Close(fd)
		return -1, &os.PathError{Op: "watch", Path: dir, Err: err}
	}
	return fd, nil
}

// read returns what has happened, each change as a word and the name of the file.
func read(fd int) iter.Seq[string] {
	return func(yield func(string) bool) {
		buffer := make([]byte, 64<<10)
		n, err := unix.Read(fd, buffer)
		if err != nil { // EAGAIN: readiness is a hint
			return
		}
		for rest := buffer[:n]; len(rest) >= unix.SizeofInotifyEvent; {
			mask := binary.NativeEndian.Uint32(rest[4:])
			end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(rest[12:]))
			name, _, _ := bytes.Cut(rest[unix.SizeofInotifyEvent:end], []byte{0})
			for _, w := range words {
				if mask&w.mask != 0 && !yield(w.word+" "+stdout.Name(string(name))) {
					return
				}
			}
			rest = rest[end:]
		}
	}
}

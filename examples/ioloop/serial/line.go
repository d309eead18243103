//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop"
)

// openLine opens a serial line that passes bytes on as they are, at a speed such as B9600.
func openLine(name string, speed uint32) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	t, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err == nil {
		t.Iflag, t.Oflag, t.Lflag = 0, 0, 0 // no line editing, no echo, no translation
		t.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL | speed
		t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
		err = unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, t)
	}
	if err != nil {
		f.Close()
		return nil, &os.PathError{Op: "set up", Path: name, Err: err}
	}
	return f, nil
}

// openPTY opens a pair of ends that are connected like those of a line: one of them, and
// the name of the other.
func openPTY() (*os.File, string, error) {
	f, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, "", err
	}
	n, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(f.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		f.Close()
		return nil, "", os.NewSyscallError("ioctl", err)
	}
	return f, fmt.Sprintf("/dev/pts/%d", n), nil
}

// thermometer is a device: it answers each question with what it measures.
func thermometer(*ioloop.Conn) *ioloop.Handler {
	tenths := 213
	return &ioloop.Handler{Data: func(c *ioloop.Conn, data []byte) (used int, err error) {
		for line := range bytes.Lines(data) {
			if !bytes.HasSuffix(line, []byte("\n")) {
				break // the rest of it is still to come
			}
			used += len(line)
			if bytes.Equal(bytes.TrimSpace(line), []byte("T?")) {
				tenths++
				fmt.Fprintf(c, "%d.%d C\r\n", tenths/10, tenths%10)
			}
		}
		return used, nil
	}}
}

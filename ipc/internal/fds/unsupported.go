//go:build !unix

package fds

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

func unsupported(what string) error {
	return fmt.Errorf("ipc: %s on %s: %w", what, runtime.GOOS, errors.ErrUnsupported)
}

// SocketPair returns an error matching errors.ErrUnsupported.
func SocketPair(string) (*os.File, *os.File, error) { return nil, nil, unsupported("sockets") }

// Duplicate returns an error matching errors.ErrUnsupported.
func Duplicate(*os.File) (*os.File, error) { return nil, unsupported("files in arguments") }

// Pipe returns an error matching errors.ErrUnsupported.
func Pipe() (r, w *os.File, err error) { return nil, nil, unsupported("pipes") }

// DuplicateStream returns an error matching errors.ErrUnsupported.
func DuplicateStream(*os.File) (*os.File, Stream, error) {
	return nil, Stream{}, unsupported("descriptors")
}

// InputWaits reports true: a wait for input does not wait.
func InputWaits(uintptr) bool { return true }

func sendRights(int, []byte, []int) (int, error) { return 0, errors.ErrUnsupported }

func recvRights(int, []byte, *Arrivals, int) (int, error) { return 0, errors.ErrUnsupported }

func outputWaits(uintptr) bool { return true }

func readNow(int, []byte) (int, error) { return 0, errors.ErrUnsupported }

func writeNow(int, []byte, []byte) (int, error) { return 0, errors.ErrUnsupported }

func waitInMoment(int, bool) bool { return false }

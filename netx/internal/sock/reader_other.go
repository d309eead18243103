//go:build !unix

package sock

import "syscall"

// rawConn returns nil: reads go the usual way here.
func rawConn(syscall.Conn) syscall.RawConn { return nil }

func (*Reader) readRaw([]byte, bool) ([]byte, int, error) { panic("unreachable") }

func (*Reader) attempt(uintptr) bool { panic("unreachable") }

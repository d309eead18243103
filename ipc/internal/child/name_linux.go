package child

import (
	"bytes"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

// showName has ps and top show the name of this program: the system takes it from the
// path that the program was started by, which may be /proc/self/exe. It is called on the
// first thread, whose name is that of the process.
func showName() {
	var name [16]byte
	if unix.Prctl(unix.PR_GET_NAME, uintptr(unsafe.Pointer(&name)), 0, 0, 0) != nil || !bytes.HasPrefix(name[:], []byte("exe\x00")) {
		return
	}
	name = [16]byte{}
	copy(name[:15], filepath.Base(os.Args[0]))
	_ = unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&name)), 0, 0, 0)
}

package fresh

import (
	"os"
	"syscall"
	"unsafe"
)

// madvPopulateWrite is MADV_POPULATE_WRITE, since Linux 5.14.
const madvPopulateWrite = 23

var page = uintptr(os.Getpagesize())

// populate has the system provide the pages of p. Where it cannot they come one by one.
func populate(p []byte) {
	before := -uintptr(unsafe.Pointer(unsafe.SliceData(p))) % page
	if n := uintptr(len(p)); n > before+page {
		whole := p[before : before+(n-before)/page*page]
		_ = syscall.Madvise(whole, madvPopulateWrite)
	}
}

package child

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What tells of a lack of memory does so in the runtime's words, and no other crash
// does.
func TestOutOfMemory(t *testing.T) {
	const head = "SIGSEGV: segmentation violation\nPC=0x43075d m=3 sigcode=1 addr=0x"
	for crash, want := range map[string]bool{
		"":                                      false,
		"fatal error: runtime: out of memory\n": true,
		"fatal error: runtime: cannot allocate memory\n":                                                                            true,
		"runtime: failed to create new OS thread (errno=12)\n":                                                                      true,
		"runtime/cgo: pthread_create failed: Resource temporarily unavailable\n":                                                    true,
		head + "0\n\ngoroutine 0 gp=0x3c7a55b632c0 m=3 mp=0x3c7a55b9d008 [idle]:\nruntime.(*spanQueue).tryDrain(0x3c7a00000400?)\n": true,
		// C code, memory that was there once, and what Go code does are none of it.
		head + "0\nsignal arrived during cgo execution\n\ngoroutine 1 gp=0xc000002380 m=0 mp=0x5a1 [syscall]:\nruntime.cgocall(0x1)\n":                                                     false,
		head + "7fbd98a25108\n\ngoroutine 0 gp=0x1 m=3 mp=0x2 [idle]:\nruntime.gcDrain(0x1)\n":                                                                                             false,
		"panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4]\n\ngoroutine 7 [running]:\nmain.f()\n": false,
	} {
		require.Equal(t, want, (&End{Crash: []byte(crash)}).OutOfMemory(), crash)
	}
}

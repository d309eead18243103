package functional

import "fmt"

// The checks of operators that are to be inlined are calls of their own, with no
// argument that can be spared: that is what keeps those operators small enough.

//go:noinline
func checkChunk(missing bool, n int) { checkSize("Chunk", missing, n, 1) }

//go:noinline
func checkWindow(missing bool, n int) { checkSize("Window", missing, n, 1) }

//go:noinline
func checkTake(missing bool, n int) { checkSize("Take", missing, n, 0) }

//go:noinline
func checkDrop(missing bool, n int) { checkSize("Drop", missing, n, 0) }

//go:noinline
func checkStep(missing bool, n int) { checkSize("StepBy", missing, n, 1) }

// checkSize panics where the operator op cannot work: without a sequence, or with a
// number of elements below the least that makes sense.
func checkSize(op string, missing bool, n, least int) {
	if missing {
		panic("functional: " + op + " of a nil sequence")
	}
	if n < least {
		panic(fmt.Sprintf("functional: %s of %d elements, want %d or more", op, n, least))
	}
}

//go:build fanfold_windows

package robust

import "sync/atomic"

// atWindow is called at each step of each operation, in test builds.
var atWindow atomic.Pointer[func(step string)]

func window(step string) {
	if f := atWindow.Load(); f != nil {
		(*f)(step)
	}
}

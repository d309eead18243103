package child

// reaped are called when a child has ended, before anybody is told.
var reaped []func()

// OnReap registers a function that is called whenever a child of this process has ended,
// before its end is told to anybody. It must be quick. OnReap is for init functions.
func OnReap(f func()) { reaped = append(reaped, f) }

// Package optional reads the last argument of a function with options, which is
// one struct or nothing.
package optional

import "fmt"

// One returns the only element of options, or the zero value when there is none.
// It panics with a text that begins with "room: function" when there are several.
func One[T any](room, function string, options []T) (o T) {
	switch len(options) {
	case 0:
	case 1:
		o = options[0]
	default:
		panic(fmt.Sprintf("%s: %s with %d %T arguments, want at most one", room, function, len(options), o))
	}
	return o
}

package laws

import "fmt"

// The functions that operators are tested with.

// NoHook is a hook that does nothing.
func NoHook() {}

// Hooked returns f with a call of hook before it.
func Hooked[A, B any](hook func(), f func(A) B) func(A) B {
	return func(a A) B { hook(); return f(a) }
}

// Hooked2 is [Hooked] for two arguments.
func Hooked2[A, B, C any](hook func(), f func(A, B) C) func(A, B) C {
	return func(a A, b B) C { hook(); return f(a, b) }
}

// Odd, Below4 and IsSeven are predicates.
func Odd(i int) bool     { return i%2 != 0 }
func Below4(i int) bool  { return i < 4 }
func IsSeven(i int) bool { return i == 7 }

// Same, Third and Key make keys: of their own, and such as several numbers share.
func Same(i int) int   { return i }
func Third(i int) int  { return i / 3 }
func Key(i int) string { return fmt.Sprint(i * i % 7) }

// Mix is neither commutative nor associative.
func Mix(a, b int) int { return (3*a + b) % 101 }

package laws

import (
	"fmt"
	"iter"
	"slices"
)

// Optional is the text of an answer that may not exist.
func Optional[A any](a A, ok bool) string { return fmt.Sprint(a, ok) }

// Extreme is the position of the first element of s that beats all others.
func Extreme(s []int, beats func(a, b int) bool) int {
	best := -1
	for i, v := range s {
		if best < 0 || beats(v, s[best]) {
			best = i
		}
	}
	return best
}

// LastByThird is the text of the map of the last of s for each [Third].
func LastByThird(s []int) string {
	m := map[int]int{}
	for _, i := range s {
		m[Third(i)] = i
	}
	return fmt.Sprint(m)
}

// Texts makes the elements of sequences comparable.
func Texts[A any](seq iter.Seq[A]) iter.Seq[string] {
	return func(yield func(string) bool) {
		seq(func(a A) bool { return yield(fmt.Sprint(a)) })
	}
}

// Texts2 is [Texts] of pairs.
func Texts2[K, V any](seq iter.Seq2[K, V]) iter.Seq[string] {
	return func(yield func(string) bool) {
		seq(func(k K, v V) bool { return yield(fmt.Sprint(k, ":", v)) })
	}
}

// Result is a sequence of what f returns, which it calls when it is ranged over.
func Result(f func() string) iter.Seq[string] {
	return func(yield func(string) bool) { yield(f()) }
}

// Each returns the texts of the elements of s.
func Each[A any](s []A) []string {
	out := []string{}
	for _, a := range s {
		out = append(out, fmt.Sprint(a))
	}
	return out
}

// Collect returns the elements of seq, never nil.
func Collect(seq iter.Seq[string]) []string { return slices.AppendSeq([]string{}, seq) }

// KeepIf returns the texts of those i of s for which keep(position, i) is true.
func KeepIf(s []int, keep func(at, i int) bool) []string {
	out := []string{}
	for at, i := range s {
		if keep(at, i) {
			out = append(out, fmt.Sprint(i))
		}
	}
	return out
}

// Prefix returns the length of the beginning of s for which is is true.
func Prefix(s []int, is func(int) bool) int {
	for at, i := range s {
		if !is(i) {
			return at
		}
	}
	return len(s)
}

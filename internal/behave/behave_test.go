package behave

import (
	"slices"
	"testing"
)

func TestOver(t *testing.T) {
	var ran []string
	fresh := 0
	backend := func(name string) Backend[string] {
		return Backend[string]{name, func(*testing.T) string { fresh++; return name }}
	}
	check := func(t *testing.T, subject string) { ran = append(ran, t.Name()+" on "+subject) }
	Over(t, []Backend[string]{backend("a"), backend("b")}, []Behaviour[string]{{"x", check}, {"y", check}})
	want := []string{"TestOver/a/x on a", "TestOver/a/y on a", "TestOver/b/x on b", "TestOver/b/y on b"}
	if !slices.Equal(ran, want) || fresh != 4 {
		t.Errorf("ran %q with %d subjects, want %q with 4", ran, fresh, want)
	}
}

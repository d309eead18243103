package behave

import (
	"testing"

	"github.com/stretchr/testify/assert"
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
	assert.Equal(t, want, ran)
	assert.Equal(t, 4, fresh)
}

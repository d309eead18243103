package chain

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// A loop is an error that wraps itself.
type loop struct{}

func (*loop) Error() string   { return "loop" }
func (l *loop) Unwrap() error { return l }

// A bush wraps itself twice, and something else behind that.
type bush struct{}

func (*bush) Error() string     { return "bush" }
func (b *bush) Unwrap() []error { return []error{b, b, io.EOF} }

func TestErrorsThatContainThemselves(t *testing.T) {
	for _, err := range []error{&loop{}, &bush{}, fmt.Errorf("wrapped: %w", &loop{}), errors.Join(&bush{}, &loop{})} {
		require.False(t, Is(err, io.ErrNoProgress))
		_, ok := AsType[*fs.PathError](err)
		require.False(t, ok)
		n := 0
		for range All(err) {
			n++
		}
		require.Equal(t, Most, n)
	}
	require.True(t, Is(errors.Join(io.EOF, &loop{}), io.EOF))
}

// An uncomparable error cannot be compared, and one of its kind is no target.
type uncomparable []error

func (uncomparable) Error() string     { return "list" }
func (u uncomparable) Unwrap() []error { return u }

// Errors that end are looked through as package errors does.
func TestAsPackageErrors(t *testing.T) {
	_, missing := os.Open("/does/not/exist")
	var many []error
	for i := range 1000 {
		many = append(many, fmt.Errorf("%d: %w", i, io.ErrNoProgress))
	}
	errs := []error{
		nil, io.EOF, missing, fmt.Errorf("a: %w, %w", io.EOF, missing), errors.Join(append(many, io.EOF)...),
		uncomparable{io.EOF, nil, missing}, fmt.Errorf("b: %w", uncomparable{}),
	}
	for _, err := range errs {
		for _, target := range []error{nil, io.EOF, fs.ErrNotExist, io.ErrNoProgress, uncomparable{}} {
			require.Equal(t, errors.Is(err, target), Is(err, target), "%v in %.100v", target, err)
		}
		want, ok := errors.AsType[*fs.PathError](err)
		got, found := AsType[*fs.PathError](err)
		require.Equal(t, ok, found)
		require.Equal(t, want, got)
	}
}

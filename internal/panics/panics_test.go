package panics

import (
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTry(t *testing.T) {
	t.Run("return", func(t *testing.T) {
		require.Nil(t, Try(func() {}, nil))
		require.NoError(t, Try(func() {}, nil).Err())
	})
	t.Run("panic", func(t *testing.T) {
		caught := Try(explode, nil)
		pe, err := caught.Panic(), caught.Err()
		require.Equal(t, pe, err)
		require.Equal(t, io.EOF, pe.Value)
		assert.Contains(t, string(pe.Stack), "panics.explode", "the stack names the function that panicked")
		assert.ErrorIs(t, err, io.EOF, "errors.Is looks through the panic")
	})
	t.Run("nil panic", func(t *testing.T) {
		caught := Try(func() { panic(nil) }, nil)
		var nilError *runtime.PanicNilError
		require.ErrorAs(t, caught.Err(), &nilError)
	})
	t.Run("nested", func(t *testing.T) {
		inner := Try(explode, nil)
		outer := Try(inner.Raise, nil)
		require.Same(t, inner.Panic(), outer.Panic(), "a panic that is raised again is not wrapped again")
	})
	t.Run("panic while exiting", func(t *testing.T) {
		both := func() {
			defer explode()
			runtime.Goexit()
		}
		got := make(chan *Caught)
		go func() {
			defer close(got)
			caught := Try(both, func(caught *Caught) { got <- caught })
			assert.Fail(t, "Try returned after Goexit", "with %v", caught.Err())
		}()
		pe := (<-got).Panic()
		require.NotNil(t, pe)
		require.Equal(t, io.EOF, pe.Value)
		<-got
		raised := make(chan any)
		go func() {
			defer func() { raised <- recover() }()
			Try(both, nil)
		}()
		v, _ := (<-raised).(*PanicError)
		require.NotNil(t, v)
		require.Equal(t, io.EOF, v.Value)
	})
	t.Run("goexit", func(t *testing.T) {
		got := make(chan *Caught)
		go func() {
			defer close(got)
			caught := Try(runtime.Goexit, func(caught *Caught) { got <- caught })
			assert.Fail(t, "Try returned after Goexit", "with %v", caught.Err())
		}()
		require.Equal(t, ErrGoexit, (<-got).Err())
		<-got
	})
}

func explode() { panic(io.EOF) }

func TestRaise(t *testing.T) {
	(*Caught)(nil).Raise()
	Goexit.RaisePanic()
	ended := make(chan bool)
	go func() {
		defer close(ended)
		Goexit.Raise()
		ended <- true
	}()
	require.False(t, <-ended, "Raise of a Goexit returned")
}

// Of two, a panic comes before a Goexit, and the first before the second.
func TestOr(t *testing.T) {
	a, b := Try(explode, nil), Try(explode, nil)
	for _, c := range [][3]*Caught{
		{nil, nil, nil}, {a, nil, a}, {nil, b, b}, {a, b, a},
		{Goexit, b, b}, {a, Goexit, a}, {Goexit, nil, Goexit}, {nil, Goexit, Goexit}, {Goexit, Goexit, Goexit},
	} {
		require.Same(t, c[2], c[0].Or(c[1]))
	}
}

// What a function returns is an error, also when it tells of a panic.
func TestReturnedPanicError(t *testing.T) {
	err := error(&PanicError{Value: "elsewhere"})
	require.Nil(t, Try(func() { err = &PanicError{Value: "elsewhere"} }, nil))
	require.EqualError(t, err, "panic: elsewhere")
}

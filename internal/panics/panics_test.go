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
		require.NoError(t, Try(func() {}, nil))
	})
	t.Run("panic", func(t *testing.T) {
		err := Try(explode, nil)
		var pe *PanicError
		require.ErrorAs(t, err, &pe)
		require.Equal(t, io.EOF, pe.Value)
		assert.Contains(t, string(pe.Stack), "panics.explode", "the stack names the function that panicked")
		assert.ErrorIs(t, err, io.EOF, "errors.Is looks through the panic")
	})
	t.Run("nil panic", func(t *testing.T) {
		err := Try(func() { panic(nil) }, nil)
		var nilError *runtime.PanicNilError
		require.ErrorAs(t, err, &nilError)
	})
	t.Run("nested", func(t *testing.T) {
		inner := Try(explode, nil)
		outer := Try(func() { Raise(inner) }, nil)
		require.Same(t, inner, outer, "a panic that is raised again is not wrapped again")
	})
	t.Run("panic while exiting", func(t *testing.T) {
		both := func() {
			defer explode()
			runtime.Goexit()
		}
		got := make(chan error)
		go func() {
			defer close(got)
			err := Try(both, func(err error) { got <- err })
			assert.Fail(t, "Try returned after Goexit", "with %v", err)
		}()
		pe, _ := (<-got).(*PanicError)
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
		got := make(chan error)
		go func() {
			defer close(got)
			err := Try(runtime.Goexit, func(err error) { got <- err })
			assert.Fail(t, "Try returned after Goexit", "with %v", err)
		}()
		require.Equal(t, ErrGoexit, <-got)
		<-got
	})
}

func explode() { panic(io.EOF) }

func TestRaise(t *testing.T) {
	Raise(nil)
	Raise(io.EOF)
	ended := make(chan bool)
	go func() {
		defer close(ended)
		Raise(ErrGoexit)
		ended <- true
	}()
	require.False(t, <-ended, "Raise(ErrGoexit) returned")
}

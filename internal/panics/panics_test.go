package panics

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
)

func TestTry(t *testing.T) {
	t.Run("return", func(t *testing.T) {
		if err := Try(func() {}, nil); err != nil {
			t.Fatalf("got %v, want nil", err)
		}
	})
	t.Run("panic", func(t *testing.T) {
		err := Try(explode, nil)
		var pe *PanicError
		if !errors.As(err, &pe) || pe.Value != io.EOF {
			t.Fatalf("got %v, want a PanicError of io.EOF", err)
		}
		if !strings.Contains(string(pe.Stack), "panics.explode") {
			t.Errorf("the stack does not name the function that panicked:\n%s", pe.Stack)
		}
		if !errors.Is(err, io.EOF) {
			t.Error("errors.Is does not look through the panic")
		}
	})
	t.Run("nil panic", func(t *testing.T) {
		err := Try(func() { panic(nil) }, nil)
		if _, ok := errors.AsType[*runtime.PanicNilError](err); !ok {
			t.Fatalf("got %v, want a PanicNilError", err)
		}
	})
	t.Run("nested", func(t *testing.T) {
		inner := Try(explode, nil)
		outer := Try(func() { Raise(inner) }, nil)
		if outer != inner {
			t.Fatalf("a re-raised panic was wrapped again: %v", outer)
		}
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
			t.Errorf("Try returned %v after Goexit", err)
		}()
		pe, _ := (<-got).(*PanicError)
		if pe == nil || pe.Value != io.EOF {
			t.Fatalf("got %v, want a PanicError of io.EOF", pe)
		}
		<-got
		raised := make(chan any)
		go func() {
			defer func() { raised <- recover() }()
			Try(both, nil)
		}()
		if v, _ := (<-raised).(*PanicError); v == nil || v.Value != io.EOF {
			t.Fatalf("raised %v, want a PanicError of io.EOF", v)
		}
	})
	t.Run("goexit", func(t *testing.T) {
		got := make(chan error)
		go func() {
			defer close(got)
			err := Try(runtime.Goexit, func(err error) { got <- err })
			t.Errorf("Try returned %v after Goexit", err)
		}()
		if err := <-got; err != ErrGoexit {
			t.Fatalf("got %v, want ErrGoexit", err)
		}
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
	if <-ended {
		t.Fatal("Raise(ErrGoexit) returned")
	}
}

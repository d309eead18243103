package conn

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/fanfold/fanfold/internal/wire"
)

// codecs holds the *wire.Codec[T] of each T that was sent or received.
var codecs sync.Map

// codecOf returns the codec of T, and compiles it the first time. It panics, in the name
// of caller, if T holds something that cannot travel.
func codecOf[T any](caller string) *wire.Codec[T] {
	t := reflect.TypeFor[T]()
	if c, ok := codecs.Load(t); ok {
		return c.(*wire.Codec[T])
	}
	c, err := wire.Of[T]()
	if err != nil {
		panic(fmt.Sprintf("conn: %s: %v", caller, err))
	}
	codecs.Store(t, c)
	return c
}

package conn

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"reflect"

	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// A connection travels inside the arguments and results of functions. This rule is all
// that package ipc knows of it.
func init() {
	wire.Register(wire.Beside{
		Type:   reflect.TypeFor[*Connection](),
		Detach: func(v any) (*os.File, []byte, error) { return v.(*Connection).detach() },
		Attach: func(_ reflect.Type, f *os.File, rest []byte) (any, error) { return attach(f, rest) },
	})
}

// detach returns what travels for the connection: its descriptor, and its limit. What
// was received here and not taken would be lost.
func (c *Connection) detach() (*os.File, []byte, error) {
	select {
	case c.receiving <- struct{}{}:
		defer leave(c.receiving)
	default:
		return nil, nil, errors.New("a goroutine is receiving on the connection")
	}
	if !c.in.untouched() {
		return nil, nil, errors.New("the connection has received what was not taken")
	}
	if fds.StillOpen(c.file) != nil {
		return nil, nil, errClosed
	}
	return c.file, binary.AppendUvarint(nil, uint64(c.limit)), nil
}

// attach makes a connection of what detach returned in another process.
func attach(f *os.File, rest []byte) (*Connection, error) {
	limit, n := binary.Uvarint(rest)
	if n <= 0 || n != len(rest) || limit == 0 || limit > math.MaxInt {
		return nil, errors.New("conn: what came is no connection")
	}
	c, err := FileConnection(f, Options{MaxMessage: int(limit)})
	if err == nil {
		f.Close()
	}
	return c, err
}

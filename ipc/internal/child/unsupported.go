//go:build !unix

package child

import (
	"errors"
)

// Where processes cannot be held and ended, there are no children.

// TakeRole reports false.
func TakeRole() (Role, bool) { return Role{}, false }

// A Spawner starts nothing.
type Spawner struct{}

// NewSpawner returns a spawner.
func NewSpawner() *Spawner { return &Spawner{} }

// Stop does nothing.
func (*Spawner) Stop() {}

// A Birth is what a child would be started with.
type Birth struct{}

// Find returns errors.ErrUnsupported.
func Find(string) (string, error) { return "", errors.ErrUnsupported }

// Start returns errors.ErrUnsupported.
func (*Spawner) Start(Birth) (*Child, error) { return nil, errors.ErrUnsupported }

// Kill does nothing.
func (c *Child) Kill() error { return nil }

// Reap does nothing.
func (c *Child) Reap(ended, gone func()) {}

type words struct{}

func (*words) written() int64 { return 0 }

// Package functional needs an example for every function.
package functional

// Map has one.
func Map() {}

// Fold has none.
func Fold() {}

// Scan has one that only compiles.
func Scan() {}

// A Par has none, and needs none.
type Par struct{}

// Do does.
func (Par) Do() {}

// NewPar has none, although it returns a type of the package.
func NewPar() Par { return Par{} }

func private() {}

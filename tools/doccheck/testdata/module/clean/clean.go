// Package clean lacks nothing.
package clean

// A ByMethod is shown by its method.
type ByMethod struct{}

// Do does.
func (ByMethod) Do() {}

// A ByConstructor is shown by its constructor.
type ByConstructor struct{}

// NewByConstructor constructs.
func NewByConstructor() *ByConstructor { return nil }

// Do does.
func (*ByConstructor) Do() {}

// A Shown has its own example.
type Shown struct{}

// Do does.
func (Shown) Do() {}

// Function needs no example here.
func Function() {}

// A State needs no example: its methods convert it.
type State int

// String does.
func (State) String() string { return "" }

// MarshalText does.
func (State) MarshalText() ([]byte, error) { return nil, nil }

// Package flags has the values of flags that several programs have.
package flags

import (
	"fmt"
	"strconv"
)

// Number returns a function for flag.Func that stores a number from low to high in n.
// The error says what the number may be.
func Number(n *int, low, high int) func(string) error {
	return func(value string) error {
		v, err := strconv.Atoi(value)
		if err != nil || v < low || v > high {
			return fmt.Errorf("want a whole number from %d to %d", low, high)
		}
		*n = v
		return nil
	}
}

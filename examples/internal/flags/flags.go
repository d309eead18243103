// Package flags is what the command lines of several programs have in common.
package flags

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Parse parses the command line of a program that takes flags at most. Like a wrong
// flag, any other argument ends the program with a message, its usage and status 2.
func Parse() {
	flag.Parse()
	if flag.NArg() > 0 {
		Fail("unexpected argument %q", flag.Arg(0))
	}
}

// Fail ends the program as package flag does for a wrong flag: with a message, its usage
// and status 2.
func Fail(format string, args ...any) {
	fmt.Fprintf(flag.CommandLine.Output(), format+"\n", args...)
	flag.Usage()
	os.Exit(2)
}

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

// OneOf returns a function for flag.Func that stores one of the choices in s. The error
// lists them.
func OneOf(s *string, choices ...string) func(string) error {
	return func(value string) error {
		if !slices.Contains(choices, value) {
			last := len(choices) - 1
			return fmt.Errorf("want %s or %s", strings.Join(choices[:last], ", "), choices[last])
		}
		*s = value
		return nil
	}
}

// Duration returns a function for flag.Func that stores a duration of low or more in d.
// The error says what the duration may be.
func Duration(d *time.Duration, low time.Duration) func(string) error {
	return func(value string) error {
		v, err := time.ParseDuration(value)
		if err != nil || v < low {
			return fmt.Errorf("want a duration such as 50ms, of %v at least", low)
		}
		*d = v
		return nil
	}
}

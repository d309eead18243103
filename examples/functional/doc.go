// Package functional holds the programs about map and reduce, and the test that
// runs them. Each folder is a program: go run ./examples/functional/map.
package functional

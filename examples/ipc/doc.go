// Package ipc holds the programs about processes and what they tell each other, and
// the test that runs them. Each folder is a program: go run ./examples/ipc/process.
package ipc

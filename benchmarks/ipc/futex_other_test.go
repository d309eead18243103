//go:build !linux

package ipc_test

const futexRole = "BENCH_FUTEX"

func pong() {}

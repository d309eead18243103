//go:build !unix

package main

import "log"

func main() { log.Fatal("pools of processes need a Unix") }

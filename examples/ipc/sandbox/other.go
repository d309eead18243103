//go:build !linux

package main

import "log"

func main() { log.Fatal("limits of memory that hold are Linux's") }

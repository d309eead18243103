//go:build ignore

package main

func Ignored() {}

package main

import "github.com/fanfold/fanfold/examples/internal/stdout"

func main() { stdout.Print("hello\nworld\n") }

package main

import "fmt"

func main() { fmt.Print("hello\nworld\n") }

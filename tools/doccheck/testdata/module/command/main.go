package main

func Bare() {}

func main() {}

package main

import (
	"log"
	"os"
	"strconv"
)

func main() {
	log.Println("failing")
	status, _ := strconv.Atoi(os.Args[1])
	os.Exit(status)
}

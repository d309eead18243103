package clean_test

import "fmt"

func ExampleByMethod_Do() {
	// Output:
}

func ExampleNewByConstructor() {
	// Output:
}

func ExampleShown_suffix() {
	fmt.Println(1)
	// Unordered output: 1
}

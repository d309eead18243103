package functional

func ExampleMap() {
	// Output:
}

func ExampleScan() {}

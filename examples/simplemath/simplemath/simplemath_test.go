package simplemath

import (
	"fmt"
	"testing"
)

func TestAdd(t *testing.T) {
	for _, c := range []struct{ a, b, want int }{{3, 4, 7}, {0, 0, 0}, {-1, 1, 0}} {
		if got := Add(c.a, c.b); got != c.want {
			t.Errorf("Add(%d, %d) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestSubtract(t *testing.T) {
	for _, c := range []struct{ a, b, want float64 }{{10, 5, 5}, {0, 0.5, -0.5}} {
		if got := Subtract(c.a, c.b); got != c.want {
			t.Errorf("Subtract(%v, %v) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func ExampleAdd() {
	fmt.Println(Add(3, 4))
	// Output: 7
}

func ExampleSubtract() {
	fmt.Println(Subtract(10, 5))
	// Output: 5
}

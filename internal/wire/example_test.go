package wire_test

import (
	"fmt"

	"github.com/fanfold/fanfold/internal/wire"
)

func Example() {
	type point struct {
		X, Y  int
		Label *string
	}
	codec, err := wire.Of[point]()
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := codec.Append(nil, point{X: 3, Y: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("% x\n", b)
	p, err := codec.Decode(b)
	fmt.Println(p.X, p.Y, p.Label == nil, err)
	_, err = codec.Decode(b[:16])
	fmt.Println(err)
	// Output:
	// 03 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00 00
	// 3 4 true <nil>
	// wire_test.point.Label at byte 16: unexpected end: 0 of 1 bytes
}

func ExampleOf() {
	type job struct {
		Name string
		Done chan int
	}
	_, err := wire.Of[job]()
	fmt.Println(err)
	// Output: wire_test.job.Done: chan int cannot travel
}

// An interface can hold the concrete types that Of was told about.
func ExampleOf_interfaces() {
	codec, err := wire.Of[fmt.Stringer](level(0))
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := codec.Append(nil, level(7))
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := codec.Decode(b)
	fmt.Println(v, err)
	// Output: level 7 <nil>
}

type level int

func (l level) String() string { return fmt.Sprintf("level %d", int(l)) }

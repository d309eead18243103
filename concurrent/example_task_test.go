package concurrent_test

import (
	"context"
	"fmt"

	"github.com/fanfold/fanfold/concurrent"
)

func ExampleTask() {
	ctx := context.Background()
	sum := concurrent.NewTask(func(context.Context) (int, error) {
		return 1 + 2, nil
	}, concurrent.TaskOptions{Name: "sum"})
	fmt.Println(sum.Name(), sum.Alive())

	sum.Start(ctx)
	fmt.Println(sum.Result(ctx))
	// Output:
	// sum false
	// 3 <nil>
}

// A greeter is a task as a value, with its own state.
type greeter struct{ greeting string }

func (g *greeter) Run(ctx context.Context) error {
	g.greeting = "hello"
	return nil
}

func ExampleNewRunner() {
	var g greeter
	task := concurrent.NewRunner(&g)
	task.Start(context.Background())
	fmt.Println(task.Join(context.Background()), g.greeting)
	// Output: <nil> hello
}

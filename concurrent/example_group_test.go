package concurrent_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

func ExampleGroup() {
	err := concurrent.Group(context.Background(), func(ctx context.Context, g *concurrent.TaskGroup) error {
		g.Go(func(ctx context.Context) error {
			select {
			case <-time.After(time.Hour):
				return nil
			case <-ctx.Done():
				fmt.Println("canceled, since:", context.Cause(ctx))
				return ctx.Err()
			}
		})
		g.Go(func(context.Context) error {
			return errors.New("disk full")
		})
		return nil
	})
	fmt.Println(err)
	// Output:
	// canceled, since: concurrent: canceled: disk full
	// disk full
}

func ExampleSpawn() {
	var name *concurrent.Future[string]
	var age *concurrent.Future[int]
	err := concurrent.Group(context.Background(), func(ctx context.Context, g *concurrent.TaskGroup) error {
		name = concurrent.Spawn(g, func(context.Context) (string, error) { return "Ada", nil })
		age = concurrent.Spawn(g, func(context.Context) (int, error) { return 36, nil })
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	// All tasks have ended: nothing is waited for here.
	n, _ := name.Result(context.Background())
	a, _ := age.Result(context.Background())
	fmt.Println(n, a)
	// Output: Ada 36
}

// Tasks may start tasks; the group ends when the last one has.
func ExampleTaskGroup_Go() {
	children := map[string][]string{"/": {"/a", "/b"}, "/a": {"/a/1", "/a/2"}}
	visited := make(chan string, 10)
	err := concurrent.Group(context.Background(), func(ctx context.Context, g *concurrent.TaskGroup) error {
		var visit func(path string)
		visit = func(path string) {
			g.Go(func(context.Context) error {
				visited <- path
				for _, child := range children[path] {
					visit(child)
				}
				return nil
			})
		}
		visit("/")
		return nil
	})
	fmt.Println(len(visited), err)
	// Output: 5 <nil>
}

//go:build unix

package manager_test

import (
	"context"
	"fmt"
	"log"

	"github.com/fanfold/fanfold/ipc/manager"
)

// demo starts a server for an example. Programs leave Here out, and call ipc.Main first.
func demo() (context.Context, *manager.Manager) {
	ctx := context.Background()
	m, err := manager.Start(ctx, manager.Options{Here: true})
	if err != nil {
		log.Fatal(err)
	}
	return ctx, m
}

func ExampleManager() {
	ctx, m := demo()
	defer m.Close()
	squares, err := manager.NewDict[string, int](ctx, m, nil, manager.ObjectOptions{Name: "squares"})
	if err != nil {
		log.Fatal(err)
	}
	squares.Set(ctx, "three", 9)

	// Another program has the address and the key.
	other, err := manager.Dial(ctx, m.Addr(), manager.Options{AuthKey: m.AuthKey()})
	if err != nil {
		log.Fatal(err)
	}
	defer other.Close()
	same, err := manager.NewDict[string, int](ctx, other, nil, manager.ObjectOptions{Name: "squares"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(same.Get(ctx, "three"))
	// Output: 9 true <nil>
}

func ExampleList() {
	ctx, m := demo()
	defer m.Close()
	l, err := manager.NewList(ctx, m, []string{"a", "b"})
	if err != nil {
		log.Fatal(err)
	}
	l.Append(ctx, "c", "d")
	l.Delete(ctx, 0, 1)
	fmt.Println(l.Slice(ctx, 0, -1))
	// Output: [b c d] <nil>
}

func ExampleDict() {
	ctx, m := demo()
	defer m.Close()
	words, err := manager.NewDict[string, int](ctx, m, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, word := range []string{"to", "be", "or", "not", "to", "be"} {
		words.Update(ctx, word, func(n int, ok bool) (int, error) { return n + 1, nil })
	}
	fmt.Println(words.Map(ctx))
	// Output: map[be:2 not:1 or:1 to:2] <nil>
}

func ExampleNamespace() {
	ctx, m := demo()
	defer m.Close()
	n, err := manager.NewNamespace(ctx, m)
	if err != nil {
		log.Fatal(err)
	}
	manager.Attribute[int](n, "port").Store(ctx, 8080)
	manager.Attribute[string](n, "host").Store(ctx, "localhost")
	fmt.Println(manager.Attribute[int](n, "port").Load(ctx))
	// Output: 8080 <nil>
}

func ExampleValue() {
	ctx, m := demo()
	defer m.Close()
	v, err := manager.NewValue(ctx, m, 1.5)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(v.Update(ctx, func(x float64) (float64, error) { return 2 * x, nil }))
	// Output: 3 <nil>
}

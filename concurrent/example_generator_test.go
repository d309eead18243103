package concurrent_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/fanfold/fanfold/concurrent"
)

func ExampleGenerate() {
	pages := concurrent.Generate(context.Background(), func(ctx context.Context, yield func(string) error) error {
		for _, page := range []string{"one", "two", "three"} {
			if err := yield(page); err != nil {
				fmt.Println("clean up:", err)
				return err
			}
		}
		return errors.New("connection lost")
	})
	for page, err := range pages {
		if err != nil {
			fmt.Println("error:", err)
			break
		}
		fmt.Println(page)
	}
	for page := range pages { // f runs anew
		fmt.Println(page)
		break // and waits until f has cleaned up
	}
	// Output:
	// one
	// two
	// three
	// error: connection lost
	// one
	// clean up: concurrent: the loop over the sequence was left: context canceled
}

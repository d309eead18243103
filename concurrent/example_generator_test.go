package concurrent_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/fanfold/fanfold/concurrent"
)

func ExampleGenerate() {
	pages := concurrent.Generate(context.Background(), func(ctx context.Context, yield func(string) error) error {
		defer fmt.Println("connection closed")
		for _, page := range []string{"one", "two", "three"} {
			if err := yield(page); err != nil {
				return err // the loop was left
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
	for range pages { // another connection
		break
	}
	// Output:
	// one
	// two
	// three
	// connection closed
	// error: connection lost
	// connection closed
}

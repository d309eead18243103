package concurrent_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/concurrent"
)

// Who is given no future says so at once.
func TestNilFutures(t *testing.T) {
	ctx := t.Context()
	var none *concurrent.Future[int]
	for text, f := range map[string]func(){
		"concurrent: Wait of a nil future":             func() { _, _, _ = concurrent.Wait(ctx, concurrent.AllCompleted, none) },
		"concurrent: AsCompleted of a nil future":      func() { concurrent.AsCompleted(ctx, none) },
		"concurrent: Gather of a nil future":           func() { _, _ = concurrent.Gather(ctx, none) },
		"concurrent: Await of a nil future":            func() { _, _ = concurrent.Await(ctx, none) },
		"concurrent: Shield of a nil future":           func() { concurrent.Shield(none) },
		"concurrent: Then of a nil future or function": func() { concurrent.Then(ctx, none, func(context.Context, int) (int, error) { return 0, nil }) },
	} {
		t.Run(text, func(t *testing.T) {
			defer func() {
				assert.Equal(t, text, recover())
			}()
			f()
		})
	}
}

//go:build unix

package manager_test

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/manager"
)

// Account is a type that lives in a server.
type Account struct{ Balance int }

var errOverdrawn = errors.New("overdrawn")

func init() { ipc.RegisterError("manager_test.errOverdrawn", errOverdrawn) }

var (
	account = manager.Type("account", func(_ context.Context, balance int) (*Account, error) {
		if balance < 0 {
			return nil, errOverdrawn
		}
		return &Account{balance}, nil
	})
	deposit = manager.Method("deposit", func(_ context.Context, a *Account, n int) (int, error) {
		if a.Balance+n < 0 {
			return 0, errOverdrawn
		}
		a.Balance += n
		return a.Balance, nil
	})
	fail = manager.Method("fail", func(_ context.Context, a *Account, how string) (struct{}, error) {
		if how == "goexit" {
			runtime.Goexit()
		}
		panic(how)
	})
	hang = manager.Method("hang", func(ctx context.Context, a *Account, _ struct{}) (struct{}, error) {
		<-ctx.Done()
		return struct{}{}, ctx.Err()
	})
)

func TestOwnTypes(t *testing.T) {
	behave.Over(t, backends, []behave.Behaviour[*manager.Manager]{
		{Name: "calls, one at a time", Check: testCalls},
		{Name: "errors and panics", Check: testFailures},
		{Name: "names and types", Check: testClasses},
	})
}

func testCalls(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	a := must(account.New(ctx, m, 100))
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 10 {
				must(deposit.On(a)(ctx, 1))
			}
		})
	}
	wg.Wait()
	require.Equal(t, 200, must(deposit.On(a)(ctx, 0)))

	over, end := ended(t)
	hangs := begun(func() error { _, err := hang.On(a)(over, struct{}{}); return err })
	end()
	require.ErrorIs(t, <-hangs, errEnded)
	require.Equal(t, 200, must(deposit.On(a)(ctx, 0)))
}

func testFailures(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	_, err := account.New(ctx, m, -1)
	require.ErrorIs(t, err, errOverdrawn)
	a := must(account.New(ctx, m, 1))
	_, err = deposit.On(a)(ctx, -2)
	require.ErrorIs(t, err, errOverdrawn)
	_, err = fail.On(a)(ctx, "boom")
	pe, ok := errors.AsType[*panics.PanicError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "boom", pe.Value)
	_, err = fail.On(a)(ctx, "goexit")
	require.ErrorIs(t, err, ipc.ErrGoexit)
	require.Equal(t, 1, must(deposit.On(a)(ctx, 0)), "the object lives on")
}

func testClasses(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	named := manager.ObjectOptions{Name: "savings"}
	a := must(account.New(ctx, m, 5, named))
	again := must(account.New(ctx, m, 7, named))
	require.Equal(t, 6, must(deposit.On(again)(ctx, 1)))
	_, err := manager.NewValue(ctx, m, 5, named)
	require.ErrorIs(t, err, manager.ErrType)

	var file bytes.Buffer
	require.NoError(t, m.Snapshot(ctx, &file))
	restored := started(t, manager.Options{Here: true, Restore: &file})
	b := must(account.New(ctx, restored, 0, named))
	require.Equal(t, 8, must(deposit.On(b)(ctx, 2)))
	require.Equal(t, 6, must(deposit.On(a)(ctx, 0)))
}

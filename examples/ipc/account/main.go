// Account has four processes deposit into an account that lives in a server: a type of the
// program's own, whose methods run there, one call at a time.
package main

import (
	"context"
	"errors"
	"log"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/manager"
)

// An Account lives in the server. It needs no lock.
type Account struct{ Balance int }

var errOverdrawn = errors.New("the account would be overdrawn")

func init() { ipc.RegisterError("account.errOverdrawn", errOverdrawn) }

var (
	open = manager.Type("account", func(_ context.Context, balance int) (*Account, error) {
		return &Account{balance}, nil
	})
	deposit = manager.Method("deposit", func(_ context.Context, a *Account, amount int) (int, error) {
		if a.Balance+amount < 0 {
			return a.Balance, errOverdrawn
		}
		a.Balance += amount
		return a.Balance, nil
	})
)

var worker = ipc.Func("worker", func(ctx context.Context, account *manager.Object[Account]) (struct{}, error) {
	add := deposit.On(account) // a plain function
	for range 100 {
		if _, err := add(ctx, 1); err != nil {
			return struct{}{}, err
		}
	}
	return struct{}{}, nil
})

func main() {
	ipc.Main() // in a worker process, or the server: runs its function, does not return
	flags.Parse()

	ctx := context.Background()
	m, err := manager.Start(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	account, err := open.New(ctx, m, 100)
	if err != nil {
		log.Fatal(err)
	}
	var processes []*ipc.Process[struct{}]
	for range 4 {
		p, err := ipc.Start(ctx, worker, account)
		if err != nil {
			log.Fatal(err)
		}
		processes = append(processes, p)
	}
	for _, p := range processes {
		if err := p.Join(ctx); err != nil {
			log.Fatal(err)
		}
	}
	balance, err := deposit.On(account)(ctx, 0)
	if err != nil {
		log.Fatal(err)
	}
	stdout.Println(balance)
	_, err = deposit.On(account)(ctx, -1000)
	stdout.Println(errors.Is(err, errOverdrawn), err)
}

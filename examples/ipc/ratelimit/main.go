// Ratelimit starts four programs that make requests, and together keep to a rate: they
// take tokens out of one bucket. The programs are strangers to each other. What they know
// is a name, that of a memory; the bucket in it has a name, too, and is made by the
// program that comes first.
//
//	go run ./examples/ipc/ratelimit [-rate n]
//
// The memory is removed at the end, also after an interrupt. Only kill -9 of the program
// that has started the others leaves it, in /dev/shm.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/ipc/shm"
)

const (
	programs = 4
	requests = 25 // of each
	burst    = 10 // tokens that the bucket holds
)

// A Bucket is what the programs share. It is filled at the rate, by whoever looks.
type Bucket struct {
	Tokens float64
	Filled int64 // when, in nanoseconds since 1970
	Taken  int   // tokens, so far
}

func main() {
	rate := 200
	flag.Func("rate", "how many requests all programs together make in a second (200)", flags.Number(&rate, 1, 1_000_000))
	name := flag.String("join", "", "be one of the programs, with the memory of this name")
	flags.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if *name != "" {
		err = join(ctx, *name, rate)
	} else {
		err = limit(ctx, fmt.Sprintf("ratelimit-%d", os.Getpid()), rate)
	}
	switch {
	case ctx.Err() != nil:
		os.Exit(130)
	case err != nil:
		log.Fatal(err)
	}
}

// limit starts the programs, and looks whether they have kept to the rate.
func limit(ctx context.Context, name string, rate int) (err error) {
	memory, err := shm.OpenMemory(name)
	if err != nil {
		return err
	}
	defer memory.Close()
	defer func() { err = errors.Join(err, shm.RemoveMemory(name)) }()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log.Printf("%d programs share the memory %q", programs, name)
	begun := time.Now()
	err = concurrent.Group(ctx, func(_ context.Context, g *concurrent.TaskGroup) error {
		for range programs {
			g.Go(func(ctx context.Context) error {
				cmd := exec.CommandContext(ctx, self, "-join", name, "-rate", strconv.Itoa(rate))
				cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
				cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
				return cmd.Run()
			})
		}
		return nil
	})
	if err != nil {
		return err
	}
	log.Printf("it took %v", time.Since(begun).Round(time.Millisecond))
	_, times, err := open(memory)
	if err != nil {
		return err
	}
	most := 0.0 // tokens that were taken and had not just been filled in
	for i, first := range times.All() {
		for k := i; k < times.Len(); k++ {
			since := time.Duration(times.Slice()[k] - first)
			most = max(most, float64(k-i+1)-since.Seconds()*float64(rate))
		}
	}
	log.Printf("the longest burst were %.1f requests", most)
	_, err = fmt.Printf("%d requests in all, never more than %d a second after a burst of %d: %v\n", times.Len(), rate, burst, most < burst+0.001)
	return err
}

// open returns the bucket, and when each token was taken. Both are made by the first call
// of all programs.
func open(memory *shm.Memory) (*shm.Value[Bucket], *shm.Array[int64], error) {
	full := Bucket{Tokens: burst, Filled: time.Now().UnixNano()}
	bucket, err := shm.NewValue(memory, full, shm.ObjectOptions{Name: "bucket"})
	if err != nil {
		return nil, nil, err
	}
	times, err := shm.NewArray[int64](memory, programs*requests, shm.ObjectOptions{Name: "times"})
	return bucket, times, err
}

// join makes requests, as one of the programs.
func join(ctx context.Context, name string, rate int) error {
	memory, err := shm.OpenMemory(name)
	if err != nil {
		return err
	}
	defer memory.Close()
	bucket, times, err := open(memory)
	if err != nil {
		return err
	}
	for range requests {
		if err := take(ctx, bucket, times, rate); err != nil {
			return err
		}
		// Here a program would make its request.
	}
	_, err = fmt.Println("a program has made", requests, "requests")
	return err
}

// take takes a token. If there is none it waits until there can be one.
func take(ctx context.Context, bucket *shm.Value[Bucket], times *shm.Array[int64], rate int) error {
	for {
		missing := 0.0
		err := bucket.With(ctx, func(b *Bucket) error {
			now := max(time.Now().UnixNano(), b.Filled)
			b.Tokens = min(b.Tokens+float64(now-b.Filled)*float64(rate)/1e9, burst)
			b.Filled = now
			if b.Tokens < 1 {
				missing = 1 - b.Tokens
				return nil
			}
			times.Slice()[b.Taken] = now
			b.Tokens--
			b.Taken++
			return nil
		})
		if err != nil || missing == 0 {
			return err
		}
		if err = concurrent.Sleep(ctx, time.Duration(missing/float64(rate)*1e9)+time.Microsecond); err != nil {
			return err
		}
	}
}

//go:build unix && !aix

package poll_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/fanfold/fanfold/ioloop/poll"
)

func Example() {
	r, w, _ := os.Pipe()
	defer r.Close()
	defer w.Close()
	poller, err := poll.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer poller.Close()
	token, _ := poller.Add(int(r.Fd()), poll.Readable)

	w.WriteString("hello")
	events, _ := poller.Wait(context.Background())
	for event := range events {
		text := make([]byte, 100)
		n, _ := r.Read(text)
		fmt.Printf("%v: %s\n", event.Events, text[:n])
	}
	poller.Remove(token)
	// Output: Readable: hello
}

func ExamplePoller_WakeAt() {
	poller, _ := poll.New()
	defer poller.Close()
	poller.WakeAt(time.Now().Add(time.Millisecond))
	events, err := poller.Wait(context.Background())
	for range events {
		fmt.Println("no descriptor was added")
	}
	fmt.Println(err)
	// Output: <nil>
}

// A token tells a descriptor from the next one that has its number.
func ExampleToken() {
	poller, script := poll.Scripted()
	defer poller.Close()
	old, _ := poller.Add(7, poll.Readable)
	poller.Remove(old)
	token, _ := poller.Add(7, poll.Writable)
	script.Set(7, poll.Writable)
	events, _ := poller.Wait(context.Background())
	for event := range events {
		fmt.Println(event.Token == token, event.Token == old, event.Token.FD() == old.FD())
	}
	fmt.Println(errors.Is(poller.Remove(old), poll.ErrStale))
	// Output:
	// true false true
	// true
}

func ExampleScript() {
	poller, script := poll.Scripted()
	defer poller.Close()
	poller.Add(3, poll.Writable|poll.OneShot)
	for range 2 { // the first look uses the one shot up
		script.Set(3, poll.Writable)
		events, _ := poller.TryWait()
		for event := range events {
			fmt.Println(event.Events)
		}
	}
	// Output: Writable
}

func ExampleScripted() {
	poller, script := poll.Scripted()
	defer poller.Close()
	poller.Add(1000, poll.Readable|poll.Writable)
	script.Set(1000, poll.Readable|poll.PeerClosed)
	events, _ := poller.Wait(context.Background())
	for event := range events {
		fmt.Println(event.Token.FD(), event.Events)
	}
	// Output: 1000 Readable
}

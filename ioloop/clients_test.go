package ioloop_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"time"
)

// beClients is a process of clients of an echo server, until its standard input ends. The
// arguments are how many clients stay idle, how many are busy, and how often each of these
// connects. It prints "idle" when the idle ones are there, and "done" when the busy ones are.
func beClients(addr string) int {
	var idle, busy, rounds int
	var seed uint64
	fmt.Sscan(os.Args[1], &idle)
	fmt.Sscan(os.Args[2], &busy)
	fmt.Sscan(os.Args[3], &rounds)
	fmt.Sscan(os.Args[4], &seed)
	for range idle {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			fmt.Println("an idle client:", err)
			return 1
		}
		defer c.Close()
	}
	fmt.Println("idle")
	var clients sync.WaitGroup
	failed := make(chan error, busy)
	for i := range busy {
		clients.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			for range rounds {
				if err := talk(addr, r); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	clients.Wait()
	close(failed)
	for err := range failed {
		fmt.Println("a busy client:", err)
		return 1
	}
	fmt.Println("done")
	io.Copy(io.Discard, os.Stdin)
	return 0
}

// talk connects once, sends bytes in pieces and reads what comes back, in one of the ways
// in which clients do.
func talk(addr string, r *rand.Rand) error {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer nc.Close()
	c := nc.(*net.TCPConn)
	way := r.IntN(6)
	most := 1 << 18
	if way == 0 { // tiny buffers: partial reads and writes
		c.SetReadBuffer(1)
		c.SetWriteBuffer(1)
		most = 1 << 13
	}
	want := make([]byte, r.IntN(min(most, 1<<(1+r.IntN(18)))))
	for i := range want {
		want[i] = byte(r.Uint32())
	}
	if way == 1 { // in the middle, a reset
		c.Write(want)
		c.SetLinger(0)
		return nil
	}
	wrote := make(chan error, 1)
	seed := r.Uint64()
	go func() { wrote <- writePieces(c, want, rand.New(rand.NewPCG(seed, 2))) }()
	if way == 2 { // a slow reader
		time.Sleep(time.Duration(r.IntN(20)) * time.Millisecond)
	}
	c.SetReadDeadline(time.Now().Add(2 * time.Minute))
	got, err := io.ReadAll(c)
	if err = errors.Join(err, <-wrote); err != nil {
		return err
	}
	if !bytes.Equal(want, got) {
		return fmt.Errorf("way %d: %d bytes have come back of %d, or others", way, len(got), len(want))
	}
	return nil
}

// writePieces writes b in pieces of any size, and says that no more comes.
func writePieces(c *net.TCPConn, b []byte, r *rand.Rand) error {
	for len(b) > 0 {
		n := 1 + r.IntN(len(b))
		if _, err := c.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return c.CloseWrite()
}

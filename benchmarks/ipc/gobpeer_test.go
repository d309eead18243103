package ipc_test

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
)

// A message is one call of the gob peer, or its answer.
type message struct {
	ID    uint64
	Items []int
}

// serveGob answers messages until in ends.
func serveGob(in io.Reader, out io.Writer) error {
	dec := gob.NewDecoder(bufio.NewReader(in))
	w := bufio.NewWriter(out)
	enc := gob.NewEncoder(w)
	for {
		var m message
		if err := dec.Decode(&m); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		for i := range m.Items {
			m.Items[i]++
		}
		if err := enc.Encode(m); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
}

// A gobPeer is a child process behind a pair of gob streams, as one writes it by
// hand: calls in flight are told apart by a number.
type gobPeer struct {
	cmd *exec.Cmd
	in  io.WriteCloser

	mu      sync.Mutex
	enc     *gob.Encoder
	w       *bufio.Writer
	last    uint64
	waiting map[uint64]chan []int
	done    chan error
}

func startGob() (peer, error) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleKey+"="+gobRole)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w := bufio.NewWriter(in)
	p := &gobPeer{
		cmd: cmd, in: in, w: w, enc: gob.NewEncoder(w),
		waiting: map[uint64]chan []int{}, done: make(chan error, 1),
	}
	go p.receive(gob.NewDecoder(bufio.NewReader(out)))
	return p, nil
}

// receive hands answers to the calls that wait for them.
func (p *gobPeer) receive(dec *gob.Decoder) {
	for {
		var m message
		if err := dec.Decode(&m); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			p.done <- err
			return
		}
		p.mu.Lock()
		answer := p.waiting[m.ID]
		delete(p.waiting, m.ID)
		p.mu.Unlock()
		answer <- m.Items
	}
}

func (p *gobPeer) chunk(_ context.Context, items []int) ([]int, error) {
	answer := make(chan []int, 1)
	p.mu.Lock()
	p.last++
	p.waiting[p.last] = answer
	err := p.enc.Encode(message{p.last, items})
	if err == nil {
		err = p.w.Flush()
	}
	p.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return <-answer, nil
}

func (p *gobPeer) call(ctx context.Context, n int) (int, error) {
	out, err := p.chunk(ctx, []int{n})
	if err != nil {
		return 0, err
	}
	if len(out) != 1 {
		return 0, fmt.Errorf("%d answers to one item", len(out))
	}
	return out[0], nil
}

func (p *gobPeer) close() error {
	return errors.Join(p.in.Close(), <-p.done, p.cmd.Wait())
}

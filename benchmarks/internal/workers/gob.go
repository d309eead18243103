package workers

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"io"
	"os/exec"
	"sync"
)

// A message is one call of the gob peers, or its answer.
type message struct {
	ID    uint64
	Spin  bool
	Items []int
	Data  []byte
}

// answer turns a call into its answer.
func (m *message) answer() {
	if m.Spin {
		spin()
	}
	for i := range m.Items {
		m.Items[i]++
	}
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
		m.answer()
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
	cmd    *exec.Cmd
	hangUp func() error

	mu      sync.Mutex
	enc     *gob.Encoder
	w       *bufio.Writer
	last    uint64
	waiting map[uint64]chan message
	broken  error // what ended the stream
	ended   chan struct{}
}

func startGobPipes() (Peer, error) {
	cmd := command("gob")
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
	return newGobPeer(cmd, out, in, in.Close), nil
}

func startGobUnix() (Peer, error) {
	c, err := startUnix("gob-unix")
	if err != nil {
		return nil, err
	}
	return newGobPeer(c.cmd, c.conn, c.conn, func() error { return errors.Join(c.life.Close(), c.conn.Close()) }), nil
}

func newGobPeer(cmd *exec.Cmd, in io.Reader, out io.Writer, hangUp func() error) *gobPeer {
	w := bufio.NewWriter(out)
	p := &gobPeer{
		cmd: cmd, hangUp: hangUp, w: w, enc: gob.NewEncoder(w),
		waiting: map[uint64]chan message{}, ended: make(chan struct{}),
	}
	go p.receive(gob.NewDecoder(bufio.NewReader(in)))
	return p
}

// receive hands answers to the calls that wait for them.
func (p *gobPeer) receive(dec *gob.Decoder) {
	defer close(p.ended)
	for {
		var m message
		err := dec.Decode(&m)
		p.mu.Lock()
		if err != nil {
			p.broken = err
			for _, answer := range p.waiting {
				close(answer)
			}
			p.mu.Unlock()
			return
		}
		answer := p.waiting[m.ID]
		delete(p.waiting, m.ID)
		p.mu.Unlock()
		answer <- m
	}
}

func (p *gobPeer) call(m message) (message, error) {
	answer := make(chan message, 1)
	p.mu.Lock()
	err := p.broken
	if err == nil {
		p.last++
		m.ID = p.last
		p.waiting[m.ID] = answer
		err = p.enc.Encode(m)
	}
	if err == nil {
		err = p.w.Flush()
	}
	p.mu.Unlock()
	if err != nil {
		return message{}, err
	}
	m, ok := <-answer
	if !ok {
		return message{}, p.broken
	}
	return m, nil
}

func (p *gobPeer) Add(ctx context.Context, n int) (int, error) { return one(ctx, n, p.AddAll) }

func (p *gobPeer) AddAll(_ context.Context, items []int) ([]int, error) {
	m, err := p.call(message{Items: items})
	return m.Items, err
}

func (p *gobPeer) Echo(_ context.Context, data []byte) ([]byte, error) {
	m, err := p.call(message{Data: data})
	return m.Data, err
}

func (p *gobPeer) Spin(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { _ = p.cmd.Process.Kill() })()
	_, err := p.call(message{Spin: true})
	return err
}

func (p *gobPeer) Pids() []int { return []int{p.cmd.Process.Pid} }

func (p *gobPeer) Close() error {
	err := p.hangUp()
	<-p.ended
	return errors.Join(err, waited(p.cmd))
}

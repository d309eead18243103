package workers

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"io"
	"sync/atomic"
)

// An execPeer starts a process for each call, which gets its argument by standard
// input and leaves its result on standard output.
type execPeer struct {
	pid atomic.Int64 // of the process that was started last
}

// serveOnce answers one message.
func serveOnce(in io.Reader, out io.Writer) error {
	var m message
	if err := gob.NewDecoder(in).Decode(&m); err != nil {
		return err
	}
	m.answer()
	return gob.NewEncoder(out).Encode(m)
}

func (p *execPeer) call(ctx context.Context, m message) (answer message, err error) {
	var in, out bytes.Buffer
	if err := gob.NewEncoder(&in).Encode(m); err != nil {
		return answer, err
	}
	cmd := command("exec")
	cmd.Stdin, cmd.Stdout = &in, &out
	if err := cmd.Start(); err != nil {
		return answer, err
	}
	p.pid.Store(int64(cmd.Process.Pid))
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	err = cmd.Wait()
	stop()
	if err != nil {
		return answer, err
	}
	err = gob.NewDecoder(&out).Decode(&answer)
	return answer, err
}

func (p *execPeer) Add(ctx context.Context, n int) (int, error) { return one(ctx, n, p.AddAll) }

func (p *execPeer) AddAll(ctx context.Context, items []int) ([]int, error) {
	m, err := p.call(ctx, message{Items: items})
	return m.Items, err
}

func (p *execPeer) Echo(ctx context.Context, data []byte) ([]byte, error) {
	m, err := p.call(ctx, message{Data: data})
	return m.Data, err
}

func (p *execPeer) Spin(ctx context.Context) error {
	_, err := p.call(ctx, message{Spin: true})
	return errors.Join(err, ctx.Err())
}

// Pids returns the process that was started last, which may be gone.
func (p *execPeer) Pids() []int { return []int{int(p.pid.Load())} }

func (p *execPeer) Close() error { return nil }

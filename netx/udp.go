package netx

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/internal/panics"
)

// A Packet is a datagram. It can travel to other processes: a handler of [ServeUDP] may be
// a function of package ipc.
type Packet struct {
	Data []byte         // valid until the handler returns
	From netip.AddrPort // the sender, as far as a datagram can be believed
}

// UDPOptions are the options of [ServeUDP]. Zero values are the defaults.
type UDPOptions struct {
	// Workers is how many handlers run at a time. Zero means 64.
	Workers int
	// Queue is how many packets may wait for a worker. Further ones are dropped. Zero
	// means 1,024.
	Queue int
	// MaxSize is the size of the largest packet that is handled, in bytes. Zero means
	// 65,535, which is the largest there is.
	MaxSize int
	// Grace is how long packets that have come are handled after the end of the server's
	// context. Zero means 10 s, and negative means that they are dropped at once.
	Grace time.Duration
	// OnDrop is called with the sender of each packet that finds the queue full, by the
	// goroutine that reads: it must be quick. nil means no call.
	OnDrop func(netip.AddrPort)
	// OnError is called with the errors of handlers, reads that are tried again and
	// writes, and with a *[TooLargeError] for a packet beyond MaxSize. A panic comes as a
	// *[PanicError]. Several goroutines may call it at the same time. nil means that
	// slog.Default gets them.
	OnError func(net.Addr, error)
}

// ServeUDP calls handle for each packet that comes to conn, and sends what it returns to the
// packet's sender; nothing if that is empty. It takes conn over and closes it at the end. It
// blocks until ctx ends, and then until the packets that have come are handled, at most for
// the time of Grace. It returns nil, or a *[CutError] with the number of packets that were
// not, or the error of a read that will not succeed again.
//
// Packets are handled by several goroutines, and so in any order. When they come faster than
// they are handled, they wait in a bounded queue, and then are dropped, which OnDrop tells.
// The time that a handler has is up to the handler. Its context ends with the grace, and
// [Draining] of it when ctx ends. The sender of a packet can be forged: an answer that is
// larger than its question makes the server a tool for floods.
//
// ServeUDP panics if handle is nil or an option is out of range. It makes one system call
// for each packet: receiving many by one needs golang.org/x/net, which importers of this
// package shall not pay for.
func ServeUDP(ctx context.Context, conn *net.UDPConn, handle func(context.Context, Packet) ([]byte, error), options ...UDPOptions) error {
	if handle == nil {
		panic("netx: ServeUDP with a nil function")
	}
	o := udpOptions(options)
	defer conn.Close()
	if ctx.Err() != nil {
		return nil
	}
	draining, drain := context.WithCancel(ctx)
	defer drain()
	base, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cut(ErrClosed)
	s := &udpServer{conn: conn, handle: handle, options: o, packets: make(chan Packet, o.Queue), connected: conn.RemoteAddr() != nil}
	base = WithDraining(base, draining)
	var workers sync.WaitGroup
	for range o.Workers {
		workers.Go(func() { s.work(base) })
	}
	stop := context.AfterFunc(draining, func() { conn.SetReadDeadline(time.Now().Add(arrived)) })
	err := s.read(draining)
	stop()
	if ctx.Err() != nil {
		err = nil
	}
	drain()
	close(s.packets)

	done := make(chan struct{})
	go func() {
		workers.Wait()
		close(done)
	}()
	cutErr := s.finish(done, o.Grace, cut)
	switch {
	case err == nil:
		return cutErr
	case cutErr == nil:
		return err
	}
	return errors.Join(err, cutErr)
}

// arrived is how long ServeUDP goes on to take what the system has received already.
const arrived = time.Millisecond

func udpOptions(options []UDPOptions) UDPOptions {
	o := optional.One("netx", "ServeUDP", options)
	if o.Workers < 0 || o.Queue < 0 || o.MaxSize < 0 {
		panic(fmt.Sprintf("netx: ServeUDP with Workers %d, Queue %d, MaxSize %d", o.Workers, o.Queue, o.MaxSize))
	}
	if o.Workers == 0 {
		o.Workers = 64
	}
	if o.Queue == 0 {
		o.Queue = 1024
	}
	if o.MaxSize == 0 {
		o.MaxSize = 65_535
	}
	o.Grace = orDefault(o.Grace, 10*time.Second)
	if o.OnDrop == nil {
		o.OnDrop = func(netip.AddrPort) {}
	}
	if o.OnError == nil {
		o.OnError = logError
	}
	return o
}

// A udpServer is what ServeUDP has for its packets.
type udpServer struct {
	conn      *net.UDPConn
	connected bool // to one peer
	handle    func(context.Context, Packet) ([]byte, error)
	options   UDPOptions
	packets   chan Packet
	open      atomic.Int64 // how many packets wait or are handled
	cut       atomic.Bool  // the grace is over
}

// read takes packets until ctx ends, and those that have come until then.
func (s *udpServer) read(ctx context.Context) error {
	buf := make([]byte, s.options.MaxSize+1) // one byte more shows what was cut
	const firstPause, maxPause = time.Millisecond, time.Second
	pause := firstPause
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		switch {
		case err == nil:
			pause = firstPause
			s.take(buf[:n], from)
			continue
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return err
		}
		// Such as a peer that is not there, which the system tells at the next read.
		s.options.OnError(s.conn.LocalAddr(), err)
		if concurrent.Sleep(ctx, pause) != nil {
			return err
		}
		pause = min(2*pause, maxPause)
	}
}

// take puts a packet into the queue.
func (s *udpServer) take(data []byte, from netip.AddrPort) {
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	if len(data) > s.options.MaxSize {
		s.options.OnError(net.UDPAddrFromAddrPort(from), &TooLargeError{Size: len(data), Limit: s.options.MaxSize})
		return
	}
	if len(s.packets) == cap(s.packets) { // this goroutine alone fills it: do not copy in vain
		s.options.OnDrop(from)
		return
	}
	s.open.Add(1)
	s.packets <- Packet{append([]byte(nil), data...), from}
}

// work handles packets until there are no more.
func (s *udpServer) work(ctx context.Context) {
	for p := range s.packets {
		if s.cut.Load() {
			continue // counted as cut
		}
		// In a function of its own, since a handler may end its goroutine.
		if caught := panics.Try(func() { s.serve(ctx, p) }, func(exit *panics.Caught) { s.exited(ctx, p, exit) }); caught != nil {
			s.options.OnError(net.UDPAddrFromAddrPort(p.From), caught.Err())
		}
		s.open.Add(-1)
	}
}

// exited goes on with the work of a goroutine whose handler has called runtime.Goexit.
func (s *udpServer) exited(ctx context.Context, p Packet, exit *panics.Caught) {
	s.options.OnError(net.UDPAddrFromAddrPort(p.From), exit.Err())
	s.open.Add(-1)
	s.work(ctx)
}

// serve handles one packet.
func (s *udpServer) serve(ctx context.Context, p Packet) {
	answer, err := s.handle(ctx, p)
	if err == nil && len(answer) > 0 {
		if s.connected {
			_, err = s.conn.Write(answer)
		} else {
			_, err = s.conn.WriteToUDPAddrPort(answer, p.From)
		}
	}
	if err != nil && !s.cut.Load() {
		s.options.OnError(net.UDPAddrFromAddrPort(p.From), err)
	}
}

// finish waits until the packets are handled, and gives up those that are not after the
// grace.
func (s *udpServer) finish(done <-chan struct{}, grace time.Duration, cut context.CancelCauseFunc) error {
	timer := time.NewTimer(max(grace, 0))
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
	}
	n := s.open.Load()
	s.cut.Store(true)
	cut(ErrClosed)
	timer.Reset(late)
	select {
	case <-done:
	case <-timer.C:
	}
	if n == 0 {
		return nil
	}
	return &CutError{int(n)}
}

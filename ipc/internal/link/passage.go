package link

import (
	"fmt"
	"os"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// A Passage is a call on its way through a transport, from Post until its answer is
// there, it is withdrawn, or its worker is dead.
type Passage struct {
	Request Frame      // the call as it travels; Post sets its number
	Files   []*os.File // what goes with it; it is not closed here
	Returns bool       // files may come with the result
	Shared  bool       // all of Files are such that a worker has them from then on
	Whole   bool       // they are to go along even if the worker had them once
	Reply   Frame      // the answer, when there is one

	// The transport's own.
	slot  uint32 // where it lies in a ring
	stamp uint32 // what marks the slot as its own
	sent  bool   // through a pipe, or on its way there, or its body is in a store
	held  bool   // its body is in a store
}

// Know says whether the worker that gets the call has its files.
func (p *Passage) Know(known bool) {
	p.Request.Files, p.Request.Known = len(p.Files), 0
	if known {
		p.Request.Files, p.Request.Known = 0, len(p.Files)
	}
}

// toGo returns the files that go with the call.
func (p *Passage) toGo() []*os.File {
	if p.Request.Known > 0 {
		return nil
	}
	return p.Files
}

// accept takes in the answer to p. The error says that it is none.
func (p *Passage) accept(reply Frame) error {
	absent := reply.Kind == KindAbsent && p.Request.Known > 0
	if reply.Call != p.Request.Call || reply.Kind != KindResult && reply.Kind != KindError && !absent || len(reply.Got) > 0 && (!p.Returns || reply.Kind != KindResult) {
		fds.CloseAll(reply.Got)
		return fmt.Errorf("%w: kind %d for call %d in answer to call %d", ErrProtocol, reply.Kind, reply.Call, p.Request.Call)
	}
	p.Reply = reply
	return nil
}

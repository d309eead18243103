package ipc

import (
	"fmt"
	"os"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// A passage is a call on its way through a transport, from Post until its answer is
// there, it is withdrawn, or its worker is dead.
type passage struct {
	Request frame      // the call as it travels; Post sets its number
	Files   []*os.File // what goes with it; it is not closed here
	Returns bool       // files may come with the result
	Reply   frame      // the answer, when there is one

	// The transport's own.
	slot  uint32 // where it lies in a ring
	stamp uint32 // what marks the slot as its own
	sent  bool   // through a pipe, or on its way there
}

// accept takes in the answer to p. The error says that it is none.
func (p *passage) accept(reply frame) error {
	if reply.call != p.Request.call || reply.kind != frameResult && reply.kind != frameError || len(reply.got) > 0 && (!p.Returns || reply.kind == frameError) {
		fds.CloseAll(reply.got)
		return fmt.Errorf("%w: kind %d for call %d in answer to call %d", errProtocol, reply.kind, reply.call, p.Request.call)
	}
	p.Reply = reply
	return nil
}

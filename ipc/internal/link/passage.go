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
	Reply   Frame      // the answer, when there is one

	// The transport's own.
	slot  uint32 // where it lies in a ring
	stamp uint32 // what marks the slot as its own
	sent  bool   // through a pipe, or on its way there
}

// accept takes in the answer to p. The error says that it is none.
func (p *Passage) accept(reply Frame) error {
	if reply.Call != p.Request.Call || reply.Kind != KindResult && reply.Kind != KindError || len(reply.Got) > 0 && (!p.Returns || reply.Kind == KindError) {
		fds.CloseAll(reply.Got)
		return fmt.Errorf("%w: kind %d for call %d in answer to call %d", ErrProtocol, reply.Kind, reply.Call, p.Request.Call)
	}
	p.Reply = reply
	return nil
}

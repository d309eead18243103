package manager

import (
	"context"
	"io"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
	"github.com/fanfold/fanfold/ipc/manager/internal/store"
)

// ErrSnapshot matches the error of [Start] for an Options.Restore that is not what
// [Manager.Snapshot] has written, from its beginning to its end.
var ErrSnapshot = store.ErrSnapshot

// Snapshot writes the state of all objects at one moment to w, for Options.Restore. The
// server stops for no longer than it takes to copy its tables; it encodes beside its work,
// and keeps the whole of it until Snapshot returns. The holders of locks and permits, and
// the calls that wait, are no part of it: locks are free afterwards. An object of a [Type]
// is encoded between two of its calls, at some moment before Snapshot returns; if such a
// type cannot travel the error matches [ErrType].
//
// When ctx ends the error is its cause. An error of w ends Snapshot; what was written then
// cannot be restored.
func (m *Manager) Snapshot(ctx context.Context, w io.Writer) error {
	h := m.hub()
	s, err := h.connected(ctx)
	if err != nil {
		return err
	}
	forget := func(_ msg.Code, payload []byte) {
		r := msg.Reader{B: payload}
		s.Post(msg.Forget, r.Uint(), nil)
	}
	code, payload, err := h.ask(ctx, "Manager.Snapshot", msg.Snapshot, 0, nil, forget)
	if err == nil && code != msg.OK {
		err = refused(ctx, "Manager.Snapshot", code, payload)
	}
	if err != nil {
		return err
	}
	defer forget(code, payload)
	r := msg.Reader{B: payload}
	id, size := r.Uint(), r.Uint()
	for at := uint64(0); at < size; {
		part, err := h.call(ctx, "Manager.Snapshot", msg.Read, id, msg.Uint(nil, at))
		if err != nil {
			return err
		}
		if len(part) == 0 {
			return errAnswer("Manager.Snapshot")
		}
		if _, err := w.Write(part); err != nil {
			return err
		}
		at += uint64(len(part))
	}
	return nil
}

package store

import "github.com/fanfold/fanfold/ipc/manager/internal/msg"

// ofSnapshot carries out Snapshot, Read and Forget.
func (r *request) ofSnapshot(uint64) { r.fail(msg.WrongType, "the server takes no snapshots") }

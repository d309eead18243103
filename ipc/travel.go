package ipc

import (
	"errors"
	"fmt"

	"github.com/fanfold/fanfold/internal/wire"
)

// An EncodeError says why an argument or a result cannot travel, although its type can. The
// value is a cycle, or an interface in it holds a type that [FuncOptions].Types does not
// name, or a method by which it encodes itself failed.
//
// Path says where in the value that is, such as "main.Job.Parts[3].Owner", and Reason why.
// Type is the type that is not named, Err what the method returned; each may be nil. The
// error comes wrapped: find it by errors.As.
type EncodeError = wire.EncodeError

// cannotTravel returns the error of a call whose argument or result was not encoded, with
// the way out.
func cannotTravel(name, what string, err error) error {
	return fmt.Errorf("ipc: %s: the %s cannot travel: %w%s", name, what, err, wayOut(err))
}

// wayOut says what can be done about a type or a value that cannot travel.
func wayOut(err error) string {
	if e, ok := err.(*wire.EncodeError); ok && e.Type != nil {
		return fmt.Sprintf("; list a %v in FuncOptions.Types", e.Type)
	}
	if e, ok := errors.AsType[*wire.TypeError](err); ok && e.Type != nil {
		return "; FuncOptions.Types names what an interface may hold, and methods MarshalBinary and UnmarshalBinary, or FuncOptions.Marshal, encode what cannot be copied"
	}
	return ""
}

package msg

// Hello is the first message of a client, before its process id as a varint. What begins
// otherwise is another protocol. Welcome is the answer.
const (
	Hello   = "fanfold manager 1\n"
	Welcome = "fanfold welcome 1\n"
)

// MaxMessage bounds a message in bytes, either way.
const MaxMessage = 64 << 20

// A Kind is what an object is. The numbers are the wire format: they never change.
type Kind byte

// The kinds of objects.
const (
	List Kind = 1 + iota
	Dict
	Namespace
	Value
	Array
	Queue
	Lock
	RLock
	Condition
	Event
	Semaphore
	BoundedSemaphore
	Barrier
	Own // a type of the program's own
)

var kinds = [...]string{
	List: "List", Dict: "Dict", Namespace: "Namespace", Value: "Value", Array: "Array", Queue: "Queue", Lock: "Lock", RLock: "RLock",
	Condition: "Condition", Event: "Event", Semaphore: "Semaphore", BoundedSemaphore: "BoundedSemaphore", Barrier: "Barrier", Own: "Object",
}

// String returns the name of the proxy.
func (k Kind) String() string {
	if int(k) < len(kinds) && kinds[k] != "" {
		return kinds[k]
	}
	return "unknown kind"
}

// An Op is what a client asks for. The numbers are the wire format.
type Op byte

// The operations. Not every kind of object has each of them.
const (
	Create     Op = 1 + iota // kind, hash, name, state: the object's number
	Attach                   // one-way: the client has a proxy
	Release                  // one-way: it has none any more
	Cancel                   // one-way, of a call: it need not wait any longer
	Len                      // number
	Get                      // index or key: value, version
	Set                      // index or key, value
	SetIf                    // index or key, version, value: 1, or 0 with what is there
	SetMany                  // count, then keys and values
	Insert                   // index, values
	Delete                   // two indexes, or a key: 1 if it was there
	Slice                    // two indexes: count, values
	All                      // count, keys and values
	Watch                    // number of a watch
	Changes                  // of a watch, waits: missed, count, changes
	Unwatch                  // one-way, of a watch
	Acquire                  // waits: of locks and semaphores; owner, number
	Try                      // 1 if it was acquired
	Free                     // owner, number
	State                    // numbers that say what it is
	Wait                     // waits: of conditions, events, barriers; owner
	Notify                   // number; −1 for all
	Flag                     // of an event: 1 sets it, 0 clears it; of a barrier: 1 aborts it, 0 resets it
	Resize                   // number
	Put                      // waits, value
	TryPut                   // value
	Take                     // waits, the most that are taken: count, values
	TryTake                  // as Take
	Done                     // of an item
	Join                     // waits
	Shutdown                 // 1 drops the items
	Call                     // waits; method, hash, argument: result
	Snapshot                 // number of bytes, and of the snapshot
	Read                     // of a snapshot, from an offset: bytes
	Forget                   // one-way, of a snapshot
	Consistent               // of a lock: what it guards is in order again
)

// A Code says how a call ended. The numbers are the wire format.
type Code byte

// The codes. All but OK and OwnerDied say that the call has changed nothing, save Remote.
const (
	OK Code = iota
	NoObject
	WrongType
	NoIndex
	Closed
	Full
	Empty
	Broken
	Canceled
	OwnerDied // the lock is held; the process id
	Misuse
	Busy
	TooLarge
	Remote // an error of a method, packed by package remote
)

// Package mem holds segments of memory that processes share, and knows which of these
// processes live. It is for Linux on machines of 64 bits; elsewhere it is empty.
//
// A [Memory] is a file of memory with a header, a slot for each process that has it, and
// objects. A process takes its slot in [New] or [Attach] and keeps it until
// [Memory.Close] or its death, of which the kernel itself writes a note into the slot:
// see guardian_linux.go. [Memory.Sweep] then has every object forget the dead process,
// by the rules that the packages above register.
//
// Nothing here waits for another process.
package mem

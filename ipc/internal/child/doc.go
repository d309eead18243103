// Package child starts processes of this very program, or of another one that serves
// like it, holds them to limits, ends them with all that they have started, and reads
// what they write. It knows no call: what travels in the files that it hands down is
// for others.
//
// The process that starts another is its parent here, although the kernel may see that
// differently. See README.md.
package child

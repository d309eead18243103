// Package fds handles file descriptors beyond what package os offers: it opens
// pairs of them without a leak into processes that start meanwhile, duplicates
// them, and sends them to other processes over sockets.
//
// On systems that are not Unix everything compiles. What needs a descriptor
// returns an error matching errors.ErrUnsupported there.
package fds

//go:build unix

package fds

import "syscall"

// sendRights sends the beginning of data, at least a byte, and fds with it.
func sendRights(fd int, data []byte, fds []int) (n int, err error) {
	for {
		n, err = syscall.SendmsgN(fd, data, syscall.UnixRights(fds...), nil, 0)
		if err != syscall.EINTR {
			return max(n, 0), err
		}
	}
}

// recvRights receives some data, and adds the descriptors that come with it: at most
// room of them. The system closes those for which there is no space, here or in the
// table of this process. Lost is added for them, so that no later descriptor is taken
// in their place.
func recvRights(fd int, p []byte, files *Arrivals, room int) (n int, err error) {
	var space [512]byte // on the stack
	oob := space[:syscall.CmsgSpace(min(room, MaxArrivals)*4)]
	var oobn, flags int
	for {
		syscall.ForkLock.RLock() // until those that came are not inherited
		n, oobn, flags, _, err = syscall.Recvmsg(fd, p, oob, 0)
		if err != syscall.EINTR {
			break
		}
		syscall.ForkLock.RUnlock()
	}
	defer syscall.ForkLock.RUnlock()
	if err != nil {
		return max(n, 0), err
	}
	if flags&syscall.MSG_CTRUNC != 0 {
		defer func() { *files = append(*files, Lost) }()
	}
	messages, err := syscall.ParseSocketControlMessage(oob[:oobn])
	if err != nil {
		return n, err
	}
	for _, m := range messages {
		fds, err := syscall.ParseUnixRights(&m)
		if err != nil {
			continue // credentials, for example
		}
		for _, fd := range fds {
			syscall.CloseOnExec(fd)
			*files = append(*files, fd)
		}
	}
	if len(*files) > MaxArrivals {
		return n, ErrTooMany
	}
	return n, nil
}

//go:build unix

package child

import "syscall"

// ownGroup returns sys, or what is there without, so that the process leads a group
// of its own. The leader of a session does anyway.
func ownGroup(sys *syscall.SysProcAttr) *syscall.SysProcAttr {
	var own syscall.SysProcAttr
	if sys != nil {
		own = *sys
	}
	own.Setpgid = !own.Setsid
	own.Pgid = 0
	return &own
}

// Package manager measures calls on the objects of ipc/manager next to a blocking echo over
// a unix socket between the same two processes.
package manager

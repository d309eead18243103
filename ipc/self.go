package ipc

import "os"

// ProcessInfo says who a process is.
type ProcessInfo struct {
	Name   string `json:"name"`   // as [ProcessOptions] has it; "main" for a program, "worker" for a worker of a pool
	Pid    int    `json:"pid"`    // its process id
	Parent int    `json:"parent"` // the process id of who started it; 1, or a subreaper's, when that is gone
}

// Self returns who this process is. ("multiprocessing.current_process",
// "parent_process")
func Self() ProcessInfo {
	name := "main"
	if isWorker {
		name = "worker"
		if started.name != "" {
			name = started.name
		}
	}
	return ProcessInfo{Name: name, Pid: os.Getpid(), Parent: os.Getppid()}
}

// InheritedFiles returns the files that [ProcessOptions].Files has handed down to this
// process, in their order: the same ones every time, the caller's to close.
func InheritedFiles() []*os.File { return inherited }

// inherited is filled before a process's function runs.
var inherited []*os.File

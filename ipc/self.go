package ipc

import "os"

// ProcessInfo describes a process of this package.
type ProcessInfo struct {
	Name   string `json:"name"`   // as [ProcessOptions] has it; "main" for a program, "worker" for a worker of a pool
	Pid    int    `json:"pid"`    // its process id
	Parent int    `json:"parent"` // the process id of its parent; 1 or that of a subreaper when the parent has ended
}

// Self describes this process. ("multiprocessing.current_process", "parent_process")
func Self() ProcessInfo {
	name := "main"
	if isWorker {
		name = "worker"
		if started.Name != "" {
			name = started.Name
		}
	}
	return ProcessInfo{Name: name, Pid: os.Getpid(), Parent: os.Getppid()}
}

// InheritedFiles returns the files that [ProcessOptions].Files has passed to this
// process, in their order. It returns the same files each time; the caller may close
// them.
func InheritedFiles() []*os.File { return inherited }

// inherited is filled before a process's function runs.
var inherited []*os.File

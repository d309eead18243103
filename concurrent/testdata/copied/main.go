// Copied copies everything that must not be copied. Go vet is to say so of each.
package main

import "github.com/fanfold/fanfold/concurrent"

func main() {
	{
		var v concurrent.Barrier
		copied := v
		_ = &copied
	}
	{
		var v concurrent.BoundedSemaphore
		copied := v
		_ = &copied
	}
	{
		var v concurrent.Condition
		copied := v
		_ = &copied
	}
	{
		var v concurrent.Event
		copied := v
		_ = &copied
	}
	{
		var v concurrent.Future[int]
		copied := v
		_ = &copied
	}
	{
		var v concurrent.Lock
		copied := v
		_ = &copied
	}
	{
		var v concurrent.RLockOwner
		copied := v
		_ = &copied
	}
	{
		var v concurrent.Pool
		copied := v
		_ = &copied
	}
	{
		var v concurrent.Promise[int]
		copied := v
		_ = &copied
	}
	{
		var v concurrent.Queue[int]
		copied := v
		_ = &copied
	}
	{
		var v concurrent.RLock
		copied := v
		_ = &copied
	}
	{
		var v concurrent.RWLock
		copied := v
		_ = &copied
	}
	{
		var v concurrent.Scope
		copied := v
		_ = &copied
	}
	{
		var v concurrent.Semaphore
		copied := v
		_ = &copied
	}
	{
		var v concurrent.Task[int]
		copied := v
		_ = &copied
	}
	{
		var v concurrent.TaskGroup
		copied := v
		_ = &copied
	}
	{
		var v concurrent.Timer
		copied := v
		_ = &copied
	}
	{
		var v concurrent.WaitGroup
		copied := v
		_ = &copied
	}
}

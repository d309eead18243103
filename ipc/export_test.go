package ipc

// OnlyPipes sets PoolOptions.NoSharedMemory for all pools.
func OnlyPipes() { onlyPipes = true }

package ipc

// OnlyPipes sets PoolOptions.Pipes for all pools.
func OnlyPipes() { onlyPipes = true }

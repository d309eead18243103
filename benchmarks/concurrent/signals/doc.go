// Package signals measures concurrent's conditions, events, barriers and semaphores
// against package sync, channels and x/sync. Implementations whose names end in -context
// get a context that can end.
package signals

// Package signals measures what goroutines tell each other with: fanfold/concurrent's
// conditions, events, barriers and semaphores against package sync, channels and
// x/sync. The implementations whose names end in -context get a context that can
// end.
package signals

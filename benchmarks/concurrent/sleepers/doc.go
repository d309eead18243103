// Package sleepers measures a pool that may grow very large: a million tasks that
// sleep, for which there may be up to 200,000 workers.
package sleepers

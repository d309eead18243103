// Package sleepers measures pools that may grow very large: a million tasks that sleep,
// and up to 200,000 workers for them.
package sleepers

// Package files measures reads of files: by the kernel's ring, by a pool, and by
// goroutines. Its benchmarks are run by package report.
package files

// Package sample holds what benchmarks measured: cases, the samples of each in
// every round, and the statistics over them.
package sample

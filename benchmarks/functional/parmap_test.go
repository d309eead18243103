package functional_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkParMap maps each workload with every contender.
func BenchmarkParMap(b *testing.B) {
	for _, w := range workloads() {
		b.Run("workload="+w.name, func(b *testing.B) {
			ctx := context.Background()
			if w.cancelable {
				ctx = b.Context()
			}
			want, err := loop(ctx, w.items, w.f)
			require.NoError(b, err)
			for _, c := range contenders {
				b.Run("impl="+c.name, func(b *testing.B) {
					for _, workers := range c.workerCounts() {
						b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
							run := c.with(b, workers)
							got, err := run(ctx, w.items, w.f)
							require.NoError(b, err)
							require.True(b, slices.Equal(got, want), "%s does not map as the loop does", c.name)
							measure(b, func() error {
								_, err := run(ctx, w.items, w.f)
								return err
							})
						})
					}
				})
			}
		})
	}
}

// measure times run.
func measure(b *testing.B, run func() error) {
	b.ReportAllocs()
	for b.Loop() {
		if err := run(); err != nil {
			b.Fatal(err)
		}
	}
}

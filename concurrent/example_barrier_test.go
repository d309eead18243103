package concurrent_test

import (
	"context"
	"fmt"

	"github.com/fanfold/fanfold/concurrent"
)

// Heat spreads around a ring. Each party computes one place from what its
// neighbours had in the round before: no party begins a round before all have
// ended the last, and the action sees to what concerns all of them.
func ExampleBarrier() {
	const parties, rounds = 5, 3
	heat := []int{0, 81, 0, 0, 0}
	next := make([]int, parties)
	barrier := concurrent.NewBarrier(parties, func() {
		heat, next = next, heat
		fmt.Println(heat)
	})
	var wg concurrent.WaitGroup
	for i := range parties {
		wg.Go(func() {
			for range rounds {
				left, right := (i+parties-1)%parties, (i+1)%parties
				next[i] = (heat[left] + heat[i] + heat[right]) / 3
				if _, err := barrier.Wait(context.Background()); err != nil {
					return // broken: another party gave up
				}
			}
		})
	}
	wg.Wait()
	// Output:
	// [27 27 27 0 0]
	// [18 27 18 9 9]
	// [18 21 18 12 12]
}

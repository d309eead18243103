package memo_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional/memo"
)

// A naive cache does what a Cache does to one caller at a time, the slow way:
// the entries in the order of their use, least recent first, in a slice.
type naive struct {
	size    int
	ttl     time.Duration
	entries []naiveEntry
	gone    []int
	stats   memo.Stats
}

type naiveEntry struct {
	key, cost int
	until     time.Time
}

// keyCost and keyFails say what the loads of the model test do.
func keyCost(key int, _ string) int { return key % 5 }

func keyFails(key int) bool { return key%7 == 6 }

func (n *naive) get(key int) {
	i := slices.IndexFunc(n.entries, func(e naiveEntry) bool { return e.key == key })
	if i >= 0 && time.Now().Before(n.entries[i].until) {
		n.stats.Hits++
		e := n.entries[i]
		n.entries = append(slices.Delete(n.entries, i, i+1), e)
		return
	}
	n.stats.Misses++
	n.stats.Loads++
	if keyFails(key) {
		n.stats.Failures++
		return
	}
	// The expired leave in the order they came in.
	var old []naiveEntry
	n.entries = slices.DeleteFunc(n.entries, func(e naiveEntry) bool {
		over := !time.Now().Before(e.until)
		if over {
			old = append(old, e)
		}
		return over
	})
	slices.SortStableFunc(old, func(a, b naiveEntry) int { return a.until.Compare(b.until) })
	for _, e := range old {
		n.evict(e)
	}
	e := naiveEntry{key, max(1, keyCost(key, "")), time.Now().Add(n.ttl)}
	if e.cost > n.size {
		return
	}
	for n.cost()+e.cost > n.size {
		n.evict(n.entries[0])
		n.entries = n.entries[1:]
	}
	n.entries = append(n.entries, e)
}

func (n *naive) evict(e naiveEntry) {
	n.stats.Evictions++
	n.gone = append(n.gone, e.key)
}

func (n *naive) forget(key int) {
	n.entries = slices.DeleteFunc(n.entries, func(e naiveEntry) bool {
		if e.key == key {
			n.gone = append(n.gone, key)
		}
		return e.key == key
	})
}

func (n *naive) purge() {
	for _, e := range n.entries {
		n.gone = append(n.gone, e.key)
	}
	n.entries = nil
}

func (n *naive) cost() (sum int) {
	for _, e := range n.entries {
		sum += e.cost
	}
	return sum
}

// modelOps does to a Cache and to a naive one what ops say, a byte each, and
// compares them after every one. A nanosecond passes with each, so that no two
// entries are equally old. It must run in a bubble.
func modelOps(t *testing.T, size int, ttl time.Duration, ops []byte) {
	failed := errors.New("failed")
	n := &naive{size: size, ttl: ttl}
	c := memo.NewCache(func(_ context.Context, key int) (string, error) {
		if keyFails(key) {
			return "", failed
		}
		return strconv.Itoa(key), nil
	}, memo.Options{Size: size, TTL: ttl})
	c.Cost(keyCost)
	var gone []int
	c.OnEvict(func(key int, _ string) { gone = append(gone, key) })
	for _, op := range ops {
		time.Sleep(time.Nanosecond)
		switch key := int(op % 32); {
		case op < 200:
			n.get(key)
			v, err := c.Get(context.Background(), key)
			if keyFails(key) {
				require.Equal(t, failed, err)
			} else {
				require.NoError(t, err)
				require.Equal(t, strconv.Itoa(key), v)
			}
		case op < 230:
			n.forget(key)
			c.Forget(key)
		case op < 254:
			time.Sleep(time.Duration(op) - 230)
		default:
			n.purge()
			c.Purge()
		}
		want := n.stats
		want.Entries, want.Cost = len(n.entries), n.cost()
		require.Equal(t, want, c.Stats())
		require.Equal(t, n.gone, gone)
	}
}

func TestCacheModel(t *testing.T) {
	for _, size := range []int{1, 2, 3, 10, 40, 1000} {
		for _, ttl := range []time.Duration{1, 20, 100, 1 << 40} {
			synctest.Test(t, func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(size), uint64(ttl)))
				for range 10 {
					ops := make([]byte, r.IntN(300))
					for i := range ops {
						ops[i] = byte(r.Uint32())
					}
					modelOps(t, size, ttl, ops)
				}
			})
		}
	}
}

func FuzzCache(f *testing.F) {
	f.Add(uint8(3), uint8(10), []byte("the quick brown fox"))
	f.Add(uint8(1), uint8(0), []byte{1, 2, 1, 201, 1, 250, 1, 255, 1})
	f.Fuzz(func(t *testing.T, size, ttl uint8, ops []byte) {
		synctest.Test(t, func(t *testing.T) {
			modelOps(t, max(1, int(size)), max(1, time.Duration(ttl)), ops)
		})
	})
}

package par

import "context"

// GroupBy returns the elements of s by their keys key(ctx, a). The elements of
// a key are in the order of s. It is [functional.GroupBy] of a slice by several
// goroutines.
//
// GroupBy blocks until no key is running. The map of a call that succeeds is
// never nil. The failing item with the lowest index ends the call, which
// returns nil and its error. With AllErrors the map lacks the items that
// failed. The package documentation describes errors, panics and the end of
// ctx. GroupBy panics when key is nil, and with a *[PanicError] when a key of
// an interface type cannot be compared.
//
// It costs as much as [Map] and a hash of each key. Several goroutines make the
// groups, and the caller alone fills the map.
func GroupBy[A any, K comparable](ctx context.Context, s []A, key func(context.Context, A) (K, error), options ...Options) (map[K][]A, error) {
	if key == nil {
		panic("par: GroupBy with a nil function")
	}
	p := checked("GroupBy", options)
	sh, err := shardsOf(ctx, s, key, p)
	if err != nil && !p.AllErrors {
		return nil, err
	}
	type group struct {
		key      K
		elements []A
	}
	groups := make([][]group, sh.n)
	sh.each(p, func(shard int) {
		at := map[K]int{}
		var mine []group
		for i := range sh.items(shard) {
			k := sh.keys[i]
			g, known := at[k]
			if !known {
				g = len(mine)
				at[k] = g
				mine = append(mine, group{key: k})
			}
			mine[g].elements = append(mine[g].elements, s[i])
		}
		groups[shard] = mine
	})
	count := 0
	for _, mine := range groups {
		count += len(mine)
	}
	all := make(map[K][]A, count)
	for _, mine := range groups {
		for _, g := range mine {
			all[g.key] = g.elements
		}
	}
	return all, err
}

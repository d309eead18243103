//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// An injection is one fault of the plan.
type injection struct {
	name string
	do   func(*run, *injection)
	rnd  *rand.Rand // its own: what it does depends on the seed alone

	// Of those that a call brings about.
	fault uint16
	point point
}

func (i *injection) String() string {
	if i.fault != 0 {
		return fmt.Sprintf("%s, %v", i.name, i.point)
	}
	return i.name
}

// newPlan returns n faults. It depends on nothing but its arguments.
func newPlan(seed uint64, n int, pipes bool) []*injection {
	transport := uint64(0)
	if pipes {
		transport = 1
	}
	rnd := rand.New(rand.NewPCG(seed, transport))
	plan := make([]*injection, n)
	for k := range plan {
		i := &injection{rnd: rand.New(rand.NewPCG(rnd.Uint64(), 0))}
		switch rnd.IntN(20) {
		case 0, 1, 2:
			e := whole[rnd.IntN(len(whole))]
			i.name, i.do = e.name, e.do
		case 3, 4, 5, 6, 7:
			e := outside[rnd.IntN(len(outside))]
			i.name, i.do = e.name, e.do
		default:
			i.fault = uint16(1 + rnd.IntN(int(find("memory"))-1))
			f := faults[i.fault]
			i.name, i.point, i.do = f.name, f.points[rnd.IntN(len(f.points))], (*run).fromWithin
		}
		plan[k] = i
	}
	return plan
}

// fromWithin makes a call that brings its fault about itself.
func (r *run) fromWithin(i *injection) {
	f := faults[i.fault]
	j := r.innocent(i.rnd)
	j.order.Trap.Fault, j.order.Trap.Point = i.fault, i.point
	j.order.Delay = time.Duration(i.rnd.IntN(2000)) * time.Microsecond
	j.limit, j.expect = f.limit, f.expect
	if j.function == again {
		j.function = thrice
	}
	switch {
	case i.point == idle:
		j.expect = nil // by then the call is over, or it is the call's worker that dies
	case f.name == "argument too large":
		j.order.Payload = make([]byte, maxMessage+1)
	case f.name == "result too large":
		j.order.Answer = maxMessage + 1
	case f.name == "canceled":
		j.order.Spin *= 10
		j.cancel = 1 + time.Duration(i.rnd.IntN(int(j.order.Spin)+1000))
	}
	_ = r.call(r.pool, j)
}

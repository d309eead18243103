package model

// A line is the processes that wait, and the one of them that is woken and has not looked
// yet.
type line struct {
	waiters set
	woken   uint8 // 0, or the process + 1
}

// unmark takes back a wake-up.
func (l *line) unmark(name uint8) {
	if l.woken == name {
		l.woken = 0
	}
}

// forget takes back the wake-up of a dead process, and that of one that does not wait any
// more unless onlyIts.
func (l *line) forget(d uint8, onlyIts bool) {
	if l.woken == d+1 || !onlyIts && l.woken != 0 && !l.waiters.has(int(l.woken-1)) {
		l.woken = 0
	}
}

// next returns the first of those that wait, from one on and without another, or −1.
func (l *line) next(from uint8, without int) int {
	for t := int(from); t < processes; t++ {
		if l.waiters.has(t) && t != without {
			return t
		}
	}
	return -1
}

// A waker is how far a process is in waking one of a line:
//
//	a  waiters = 0, or woken ≠ 0 → done
//	b  t := a waiter; CAS woken 0 → t; t has left waiters → woken t → 0, goto a
//	c  bell[t]++, wake t
type waker struct {
	step   wakeStep
	target uint8
}

type wakeStep uint8

const (
	wakePass wakeStep = iota // a
	wakePick                 // b
	wakeMark                 // the CAS of b
	wakeLook                 // has the one to be woken left?
	wakeBack                 // then it is not woken
	wakeRing                 // c
	wakeUp
)

// A signal is what a step of waking does to the target.
type signal uint8

const (
	noSignal signal = iota
	rings           // its bell
	rouses          // it, if it sleeps; then this is over
	over            // nobody is to be woken
)

// wake takes a step of w. blindly leaves the second look at the target out.
func (l *line) wake(w *waker, blindly bool) signal {
	switch w.step {
	case wakePass:
		if l.waiters == 0 || l.woken != 0 {
			return over
		}
		w.step = wakePick
	case wakePick:
		t := l.waiters.lowest()
		if t < 0 {
			return w.ends(over)
		}
		w.target, w.step = uint8(t), wakeMark
	case wakeMark:
		if l.woken != 0 {
			return w.ends(over)
		}
		l.woken, w.step = w.target+1, wakeLook
		if blindly {
			w.step = wakeRing
		}
	case wakeLook:
		w.step = wakeRing
		if !l.waiters.has(int(w.target)) {
			w.step = wakeBack
		}
	case wakeBack:
		l.unmark(w.target + 1)
		w.step = wakePass
	case wakeRing:
		w.step = wakeUp
		return rings
	case wakeUp:
		return w.ends(rouses)
	}
	return noSignal
}

func (w *waker) ends(s signal) signal {
	w.step = wakePass
	return s
}

// firstDead returns the first process that has died and was not swept, or −1.
func firstDead(lives [processes]life) int {
	for i, l := range lives {
		if l == died {
			return i
		}
	}
	return -1
}

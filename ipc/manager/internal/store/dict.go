package store

import "github.com/fanfold/fanfold/ipc/manager/internal/msg"

// A dict is a Dict or a Namespace.
type dict struct {
	is      msg.Kind
	items   map[string]entry
	watches map[*watch]struct{}
}

func (s *Store) newDict(kind msg.Kind, r *msg.Reader) thing {
	d := &dict{is: kind, items: map[string]entry{}}
	for range r.Count() {
		key := r.String()
		d.items[key] = s.entry(r.Bytes())
	}
	return d
}

func (d *dict) kind() msg.Kind       { return d.is }
func (d *dict) drop(*Store, *Client) {}

func (d *dict) do(s *Store, r *request) {
	switch r.op {
	case msg.Len:
		r.number(len(d.items))
	case msg.Get:
		e, ok := d.items[string(r.Bytes())]
		r.ok(present(ok, e).append(flag(ok)))
	case msg.Set:
		key, value := r.String(), r.Bytes()
		if !r.Bad {
			d.set(s, key, value)
			r.number(1)
		}
	case msg.SetIf:
		// Version 0 says that there was none.
		key, version, value := r.String(), r.Uint(), r.Bytes()
		e, ok := d.items[key]
		switch {
		case r.Bad:
		case e.version != version:
			r.ok(present(ok, e).append(append(msg.Int(nil, 0), flag(ok)...)))
		default:
			d.set(s, key, value)
			r.number(1)
		}
	case msg.SetMany:
		d.setMany(s, r)
	case msg.Delete:
		key := r.String()
		_, ok := d.items[key]
		if ok && !r.Bad {
			delete(d.items, key)
			d.changed(s, key, nil, true)
		}
		r.truth(ok)
	case msg.All:
		answer := msg.Uint(nil, uint64(len(d.items)))
		for key, e := range d.items {
			answer = msg.Bytes(msg.Bytes(answer, key), e.value)
		}
		r.ok(answer)
	case msg.Watch:
		d.watch(r)
	default:
		r.unknown()
	}
}

func flag(ok bool) []byte {
	if ok {
		return msg.Int(nil, 1)
	}
	return msg.Int(nil, 0)
}

func present(ok bool, e entry) entry {
	if !ok {
		return entry{}
	}
	return e
}

// setMany sets all or, if they make no sense, none.
func (d *dict) setMany(s *Store, r *request) {
	n := r.Count()
	look := r.Reader
	for range n {
		look.Bytes()
		look.Bytes()
	}
	if look.Bad {
		r.Bad = true
		return
	}
	for range n {
		key := r.String()
		d.set(s, key, r.Bytes())
	}
	r.number(n)
}

func (d *dict) set(s *Store, key string, value []byte) {
	d.items[key] = s.entry(value)
	d.changed(s, key, value, false)
}

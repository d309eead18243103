package files

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"
)

// memory is the storage that Memory returns.
type memory struct {
	limit    int64
	mu       sync.Mutex
	used     int64 // bytes of files and uploads
	files    map[string]memoryFile
	partials map[string]*memoryPartial
}

// A memoryFile never changes.
type memoryFile struct {
	Info
	data []byte
}

type memoryPartial struct {
	Partial
	data []byte
}

// Memory returns a Storage that keeps its files in memory, up to limit bytes, for tests and
// for what need not stay. Zero and negative mean no limit. Beyond it an Append returns
// [ErrNoSpace]. Buffers grow by a quarter, so that it may take somewhat more than limit.
func Memory(limit int64) Storage {
	return &memory{limit: limit, files: map[string]memoryFile{}, partials: map[string]*memoryPartial{}}
}

// reading is an open file of a memory.
type reading struct{ *bytes.Reader }

func (reading) Close() error { return nil }

func (m *memory) Open(ctx context.Context, name string) (io.ReadSeekCloser, Info, error) {
	if ctx.Err() != nil {
		return nil, Info{}, context.Cause(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.files[name]
	if !ok {
		return nil, Info{}, errNoFile
	}
	return reading{bytes.NewReader(f.data)}, f.Info, nil
}

func (m *memory) List(ctx context.Context, after string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		m.mu.Lock()
		names := slices.Sorted(maps.Keys(m.files))
		m.mu.Unlock()
		for _, name := range names {
			if ctx.Err() != nil {
				yield(Info{}, context.Cause(ctx))
				return
			}
			m.mu.Lock()
			f, ok := m.files[name]
			m.mu.Unlock()
			if ok && name > after && !yield(f.Info, nil) {
				return
			}
		}
	}
}

func (m *memory) Remove(ctx context.Context, name string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.files[name]
	if !ok {
		return errNoFile
	}
	m.used -= f.Size
	delete(m.files, name)
	return nil
}

func (m *memory) Save(ctx context.Context, p Partial) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !isID(p.ID) {
		return errNoFile
	}
	p.Meta, p.Hash = maps.Clone(p.Meta), slices.Clone(p.Hash)
	m.mu.Lock()
	defer m.mu.Unlock()
	if old := m.partials[p.ID]; old != nil {
		old.Partial = p
		return nil
	}
	m.partials[p.ID] = &memoryPartial{Partial: p}
	return nil
}

func (m *memory) Load(ctx context.Context, id string) (Partial, error) {
	if ctx.Err() != nil {
		return Partial{}, context.Cause(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.partials[id]
	if p == nil {
		return Partial{}, errNoFile
	}
	return p.record(), nil
}

// record returns the record with its Offset.
func (p *memoryPartial) record() Partial {
	r := p.Partial
	r.Meta, r.Hash = maps.Clone(r.Meta), slices.Clone(r.Hash)
	r.Offset = int64(len(p.data))
	if r.Published != "" {
		r.Offset = max(r.Size, 0)
	}
	if r.HashAt > r.Offset || r.HashAt < 0 {
		r.Hash, r.HashAt = nil, 0
	}
	return r
}

func (m *memory) Partials(ctx context.Context) iter.Seq2[Partial, error] {
	return func(yield func(Partial, error) bool) {
		m.mu.Lock()
		ids := slices.Collect(maps.Keys(m.partials))
		m.mu.Unlock()
		for _, id := range ids {
			p, err := m.Load(ctx, id)
			if ctx.Err() != nil {
				yield(Partial{}, context.Cause(ctx))
				return
			}
			if err == nil && !yield(p, nil) {
				return
			}
		}
	}
}

func (m *memory) Append(ctx context.Context, p Partial, r io.Reader) (int64, error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	m.mu.Lock()
	q := m.partials[p.ID]
	if q == nil {
		m.mu.Unlock()
		return 0, errNoFile
	}
	if p.Offset < 0 || int64(len(q.data)) < p.Offset {
		defer m.mu.Unlock()
		return 0, fmt.Errorf("files: an upload has %d bytes, not %d", len(q.data), p.Offset)
	}
	m.used -= int64(len(q.data)) - p.Offset
	q.data = q.data[:p.Offset]
	m.mu.Unlock()
	return io.Copy(&growing{m, q, ctx}, r)
}

// growing writes to an upload.
type growing struct {
	m   *memory
	p   *memoryPartial
	ctx context.Context
}

func (g *growing) Write(b []byte) (int, error) {
	if g.ctx.Err() != nil {
		return 0, context.Cause(g.ctx)
	}
	m := g.m
	m.mu.Lock()
	defer m.mu.Unlock()
	fits := b
	if m.limit > 0 {
		fits = b[:min(int64(len(b)), max(m.limit-m.used, 0))]
	}
	g.p.data = append(g.p.data, fits...)
	m.used += int64(len(fits))
	if len(fits) < len(b) {
		return len(fits), ErrNoSpace
	}
	return len(b), nil
}

func (m *memory) ReadPartial(ctx context.Context, id string, from int64) (io.ReadCloser, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.partials[id]
	if p == nil {
		return nil, errNoFile
	}
	r := bytes.NewReader(p.data)
	if _, err := r.Seek(from, io.SeekStart); err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	return reading{r}, nil
}

func (m *memory) Publish(ctx context.Context, p Partial, i Info, replace bool) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !isClean(i.Name) {
		return errNoFile
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.partials[p.ID]
	if q == nil {
		return errNoFile
	}
	if int64(len(q.data)) != p.Offset {
		return fmt.Errorf("files: an upload has %d bytes, not %d", len(q.data), p.Offset)
	}
	old, exists := m.files[i.Name]
	if exists && !replace {
		return fmt.Errorf("files: %w", fs.ErrExist)
	}
	m.used -= old.Size
	i.Size, i.Modified, i.SHA256, i.ETag = p.Offset, time.Now(), slices.Clone(i.SHA256), ""
	m.files[i.Name] = memoryFile{i, q.data}
	if p.Published == "" {
		delete(m.partials, p.ID)
		return nil
	}
	p.Meta, p.Hash = maps.Clone(p.Meta), slices.Clone(p.Hash)
	m.partials[p.ID] = &memoryPartial{Partial: p}
	return nil
}

func (m *memory) Abort(ctx context.Context, id string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if p := m.partials[id]; p != nil {
		m.used -= int64(len(p.data))
		delete(m.partials, id)
	}
	return nil
}

package accesslog

import (
	"bytes"
	"iter"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/try"
)

// Stats is what is known of many requests.
type Stats struct {
	Requests  int64
	Malformed int64 // lines that are no request
	Bytes     int64
	Classes   [10]int64 // by the first digit of the status
	Hosts     Tally
	Paths     Tally
	Hours     Tally     // by the beginning of Record.Time: 10/Oct/2000:13
	Sizes     Histogram // bytes
	Durations Histogram // nanoseconds, of the requests whose lines have one
}

// NewStats returns the Stats of no requests.
func NewStats() *Stats {
	return &Stats{Hosts: Tally{}, Paths: Tally{}, Hours: Tally{}}
}

// hour is how much of Record.Time says the hour.
const hour = len("10/Oct/2000:13")

// Add counts a request.
func (s *Stats) Add(r Record) {
	s.Requests++
	s.Bytes += r.Bytes
	s.Classes[r.Status/100]++
	s.Hosts.Add(r.Host, 1)
	s.Hours.Add(r.Time[:hour], 1)
	s.Sizes.Add(r.Bytes)
	if len(r.Path) > 0 {
		s.Paths.Add(r.Path, 1)
	}
	if r.Timed {
		s.Durations.Add(int64(r.Duration))
	}
}

// Merge adds other, which must not be used afterwards, to s.
func (s *Stats) Merge(other *Stats) {
	s.Requests += other.Requests
	s.Malformed += other.Malformed
	s.Bytes += other.Bytes
	for class, n := range other.Classes {
		s.Classes[class] += n
	}
	s.Hosts.Merge(other.Hosts)
	s.Paths.Merge(other.Paths)
	s.Hours.Merge(other.Hours)
	s.Sizes.Merge(&other.Sizes)
	s.Durations.Merge(&other.Durations)
}

// Count counts the requests in text, whole lines of a log, that keep wants. Lines
// without anything in them are nothing; others that are no request are malformed.
func Count(text []byte, keep func(Record) bool) *Stats {
	s := NewStats()
	records := try.Skip(try.Map(lines(text), Parse), func(error) { s.Malformed++ })
	for r := range functional.Filter(records, keep) {
		s.Add(r)
	}
	return s
}

func lines(text []byte) iter.Seq[[]byte] {
	return functional.Filter(bytes.Lines(text), func(line []byte) bool { return len(bytes.TrimSpace(line)) > 0 })
}

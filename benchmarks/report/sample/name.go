package sample

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// Ours is the implementation that is compared with all others, or the first
// word of its name: fanfold-processes is ours, too.
const Ours = "fanfold"

// A Name is the name of a benchmark, BenchmarkX/a=1/impl=conc/workers=2, in the
// three parts that the report needs.
type Name struct {
	Table string // what stands before the implementation: "X/a=1"
	Impl  string // the implementation: "conc"
	Block string // what stands behind it: "workers=2", or empty
}

// ParseName takes a name as benchmarks print it: without the word Benchmark, and
// perhaps with the number of processors behind a dash.
func ParseName(s string) (Name, error) {
	base, parts := benchfmt.Name(s).Parts()
	n := Name{Table: string(base)}
	for _, p := range parts {
		part, ok := strings.CutPrefix(string(p), "/")
		impl, isImpl := strings.CutPrefix(part, "impl=")
		switch {
		case !ok: // the number of processors
		case isImpl && n.Impl == "":
			n.Impl = impl
		case n.Impl == "":
			n.Table += "/" + part
		case n.Block == "":
			n.Block = part
		default:
			n.Block += "/" + part
		}
	}
	if n.Impl == "" {
		return n, fmt.Errorf("benchmark %q names no implementation: want /impl=… in it", s)
	}
	return n, nil
}

// MustParseName parses a name that is written in the source. It panics if that
// is not one.
func MustParseName(s string) Name {
	n, err := ParseName(s)
	if err != nil {
		panic("report: " + err.Error())
	}
	return n
}

// String returns the name as ParseName takes it.
func (n Name) String() string {
	s := n.Table + "/impl=" + n.Impl
	if n.Block != "" {
		s += "/" + n.Block
	}
	return s
}

// Pattern returns the value of -test.bench that selects n alone.
func (n Name) Pattern() string {
	elems := strings.Split("Benchmark"+n.String(), "/")
	for i, e := range elems {
		elems[i] = "^" + regexp.QuoteMeta(e) + "$"
	}
	return strings.Join(elems, "/")
}

// Benchmark returns the name of the benchmark without its parameters.
func (n Name) Benchmark() string {
	name, _, _ := strings.Cut(n.Table, "/")
	return name
}

// Ours reports whether the implementation is one of fanfold's.
func (n Name) Ours() bool { return n.Impl == Ours || strings.HasPrefix(n.Impl, Ours+"-") }

// With returns the case of another implementation in the same comparison.
func (n Name) With(impl string) Name {
	n.Impl = impl
	return n
}

package main

import (
	"go/doc"
	"slices"
)

// examples reports the missing examples of p: one for every function if its path is
// in strict, one for every noun otherwise. It changes p's syntax trees.
func examples(r *report, p *pkg, strict []string) error {
	d, err := doc.NewFromFiles(p.fset, slices.Concat(p.files, p.tests), p.path)
	if err != nil {
		return err
	}
	if slices.Contains(strict, p.path) {
		functionExamples(r, d)
	} else {
		nounExamples(r, d)
	}
	return nil
}

// functionExamples reports the functions without an example. Those that return
// a type of the package stand below that type.
func functionExamples(r *report, d *doc.Package) {
	funcs := slices.Clone(d.Funcs)
	for _, t := range d.Types {
		funcs = append(funcs, t.Funcs...)
	}
	for _, f := range funcs {
		if !runs(f.Examples) {
			r.add(f.Decl.Pos(), "func %s has no example that runs", f.Name)
		}
	}
}

// conversions are the methods that other packages call to print, to encode and to
// decode. A type with no others is plain.
var conversions = []string{
	"String", "GoString", "Format", "LogValue", "MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "MarshalBinary", "UnmarshalBinary",
}

// nounExamples reports the types with methods that have no example of themselves, of
// a method or of a constructor. The functions that take or return plain types,
// interfaces and errors show those.
func nounExamples(r *report, d *doc.Package) {
	for _, t := range d.Types {
		plain := !slices.ContainsFunc(t.Methods, func(m *doc.Func) bool { return !slices.Contains(conversions, m.Name) })
		if plain || slices.ContainsFunc(t.Methods, func(m *doc.Func) bool { return m.Name == "Error" }) {
			continue
		}
		shown := func(f *doc.Func) bool { return runs(f.Examples) }
		if !runs(t.Examples) && !slices.ContainsFunc(t.Methods, shown) && !slices.ContainsFunc(t.Funcs, shown) {
			r.add(t.Decl.Specs[0].Pos(), "type %s has no example that runs", t.Name)
		}
	}
}

// runs reports whether one of the examples has an output that go test compares. An
// example without one is only compiled.
func runs(list []*doc.Example) bool {
	return slices.ContainsFunc(list, func(e *doc.Example) bool { return e.Output != "" || e.EmptyOutput })
}

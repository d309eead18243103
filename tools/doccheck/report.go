package main

import (
	"cmp"
	"fmt"
	"go/token"
	"path/filepath"
	"slices"
)

// A report collects the problems of one package.
type report struct {
	dir   string // the module's root, which positions are relative to
	fset  *token.FileSet
	found []problem
}

type problem struct {
	pos  token.Position
	text string
}

// add notes a problem at pos.
func (r *report) add(pos token.Pos, format string, args ...any) {
	r.found = append(r.found, problem{r.fset.Position(pos), fmt.Sprintf(format, args...)})
}

// sorted returns one line for each problem, in the order of files and lines.
func (r *report) sorted() []string {
	slices.SortStableFunc(r.found, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.pos.Filename, b.pos.Filename), cmp.Compare(a.pos.Offset, b.pos.Offset))
	})
	lines := make([]string, len(r.found))
	for i, p := range r.found {
		name, err := filepath.Rel(r.dir, p.pos.Filename)
		if err != nil {
			name = p.pos.Filename
		}
		lines[i] = fmt.Sprintf("%s:%d: %s", filepath.ToSlash(name), p.pos.Line, p.text)
	}
	return lines
}

package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// A problem is what is wrong at a place.
type problem struct {
	pos  token.Pos
	text string
}

// check returns the number of test files below dir, and what is wrong with them,
// as "file:line: what" in the order of folders, files and lines.
func check(dir string) (checked int, problems []string, err error) {
	folders, err := testFiles(dir)
	if err != nil {
		return 0, nil, err
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		fset := token.NewFileSet()
		var files []*ast.File
		for _, name := range folders[folder] {
			f, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return 0, nil, err
			}
			files = append(files, f)
		}
		checked += len(files)
		problems = append(problems, lines(dir, fset, checkPackage(files))...)
	}
	return checked, problems, nil
}

// testFiles returns the test files below root, by their folders.
func testFiles(root string) (map[string][]string, error) {
	folders := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != root && skip(d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(path, "_test.go") {
			folder := filepath.Dir(path)
			folders[folder] = append(folders[folder], path)
		}
		return nil
	})
	return folders, err
}

// skip reports whether to leave out a folder of that name.
func skip(name string) bool {
	return name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}

// checkPackage returns what is wrong with the test files of one folder.
func checkPackage(files []*ast.File) []problem {
	var found []problem
	for _, f := range files {
		found = append(found, elsewhere(f)...)
	}
	return append(found, silent(files)...)
}

// lines returns one line for each problem, in the order of files and lines.
func lines(dir string, fset *token.FileSet, problems []problem) []string {
	slices.SortStableFunc(problems, func(a, b problem) int {
		p, q := fset.Position(a.pos), fset.Position(b.pos)
		return cmp.Or(cmp.Compare(p.Filename, q.Filename), cmp.Compare(p.Offset, q.Offset))
	})
	out := make([]string, len(problems))
	for i, p := range problems {
		pos := fset.Position(p.pos)
		name, err := filepath.Rel(dir, pos.Filename)
		if err != nil {
			name = pos.Filename
		}
		out[i] = fmt.Sprintf("%s:%d: %s", filepath.ToSlash(name), pos.Line, p.text)
	}
	return out
}

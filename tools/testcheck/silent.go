package main

import (
	"fmt"
	"go/ast"
	"go/doc"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// failing are the methods of a test that fail it.
var failing = []string{"Error", "Errorf", "Fatal", "Fatalf", "Fail", "FailNow"}

// silent returns the tests of a package that assert nothing.
func silent(files []*ast.File) (found []problem) {
	p := &names{declared: map[string]bool{}, asserting: map[string]bool{}}
	p.learn(files)
	for _, f := range files {
		imports := importNames(f)
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv == nil && fn.Body != nil && isTest(fn.Type) && (named(fn, "Test") || named(fn, "Fuzz")) {
				if !p.asserts(fn.Body, imports) {
					found = append(found, problem{fn.Pos(), fmt.Sprintf("%s asserts nothing", fn.Name.Name)})
				}
			}
		}
		for _, e := range doc.Examples(f) {
			if e.Output == "" && !e.EmptyOutput {
				found = append(found, problem{e.Code.Pos(), fmt.Sprintf("Example%s has no output comment", e.Name)})
			}
		}
	}
	return found
}

// named reports whether go test runs fn as a function of that kind.
func named(fn *ast.FuncDecl, kind string) bool {
	rest, ok := strings.CutPrefix(fn.Name.Name, kind)
	r, _ := utf8.DecodeRuneInString(rest)
	return ok && (rest == "" || !unicode.IsLower(r))
}

// names are the functions and methods that the test files of a package declare,
// and those of them that assert something, themselves or through others.
type names struct{ declared, asserting map[string]bool }

func (p *names) learn(files []*ast.File) {
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				p.declared[fn.Name.Name] = true
			}
		}
	}
	for grown := true; grown; {
		grown = false
		for _, f := range files {
			imports := importNames(f)
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if ok && fn.Body != nil && !p.asserting[fn.Name.Name] && p.asserts(fn.Body, imports) {
					p.asserting[fn.Name.Name] = true
					grown = true
				}
			}
		}
	}
}

// asserts reports whether something in body is an assertion, uses a function that
// asserts, or hands a test to a function that the package's test files do not
// declare.
func (p *names) asserts(body *ast.BlockStmt, imports map[string]bool) (yes bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			yes = yes || isAssertion(n) || p.foreign(n, imports) && slices.ContainsFunc(n.Args, isT)
		case *ast.Ident: // called, or handed on to be called
			yes = yes || p.asserting[n.Name]
		}
		return !yes
	})
	return yes
}

// isAssertion reports whether call is one of assert, of require, or fails a test.
func isAssertion(call *ast.CallExpr) bool {
	s, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x := lastName(s.X)
	return x == "assert" || x == "require" || slices.Contains(failing, s.Sel.Name) && isTestName(x)
}

// foreign reports whether call is one of a function that the test files do not
// declare: it is of another package, or of another file of this one.
func (p *names) foreign(call *ast.CallExpr, imports map[string]bool) bool {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		return !p.declared[fun.Name]
	case *ast.SelectorExpr:
		x, ok := fun.X.(*ast.Ident)
		return ok && imports[x.Name] && x.Name != "synctest"
	}
	return false
}

// isT reports whether an argument is a test. Arguments named b and f are rather
// bytes and functions.
func isT(arg ast.Expr) bool {
	name := lastName(arg)
	return name == "t" || name == "tb"
}

// importNames returns the names under which f knows other packages, as far as
// their paths tell.
func importNames(f *ast.File) map[string]bool {
	names := map[string]bool{}
	for _, i := range f.Imports {
		path := strings.Trim(i.Path.Value, "`\"")
		name := path[strings.LastIndexByte(path, '/')+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		names[name] = true
	}
	return names
}

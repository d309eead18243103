package main

import (
	"fmt"
	"go/ast"
	"slices"
)

// starters are the names of functions and methods that run the function they are
// given in a goroutine of its own.
var starters = []string{"Go", "AfterFunc"}

// ending are the methods of a test that end its goroutine.
var ending = []string{"Fatal", "Fatalf", "FailNow", "Skip", "Skipf", "SkipNow"}

// elsewhere returns the calls in f that end a test, made in a goroutine that is
// not the test's.
func elsewhere(f *ast.File) (found []problem) {
	seen := map[*ast.FuncLit]bool{} // one may be started in another
	look := func(lit *ast.FuncLit) {
		inspectCalls(lit, func(call *ast.CallExpr) {
			if text := ends(call); text != "" {
				found = append(found, problem{call.Pos(), fmt.Sprintf("%s in a goroutine that is not the test's", text)})
			}
		}, seen)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			if lit, ok := n.Call.Fun.(*ast.FuncLit); ok {
				look(lit)
			}
		case *ast.CallExpr:
			if slices.Contains(starters, lastName(n.Fun)) {
				for _, arg := range n.Args {
					if lit, ok := arg.(*ast.FuncLit); ok {
						look(lit)
					}
				}
			}
		}
		return true
	})
	return found
}

// inspectCalls calls each for the calls in lit, but not for those in literals
// that are tests of their own, nor a second time for a literal it has seen.
func inspectCalls(lit *ast.FuncLit, each func(*ast.CallExpr), seen map[*ast.FuncLit]bool) {
	ast.Inspect(lit, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if seen[n] || isTest(n.Type) {
				return false
			}
			seen[n] = true
		case *ast.CallExpr:
			each(n)
		}
		return true
	})
}

// ends returns the name of what is called if it ends the goroutine, or "".
func ends(call *ast.CallExpr) string {
	s, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if x, ok := s.X.(*ast.Ident); ok && x.Name == "require" {
		return "require." + s.Sel.Name
	}
	if slices.Contains(ending, s.Sel.Name) && isTestName(lastName(s.X)) {
		return "t." + s.Sel.Name
	}
	return ""
}

// isTest reports whether a function has a *testing.T, B or F of its own.
func isTest(typ *ast.FuncType) bool {
	for _, p := range typ.Params.List {
		if star, ok := p.Type.(*ast.StarExpr); ok {
			if s, ok := star.X.(*ast.SelectorExpr); ok && slices.Contains([]string{"T", "B", "F"}, s.Sel.Name) && lastName(s.X) == "testing" {
				return true
			}
		}
	}
	return false
}

// isTestName reports whether a variable or field of that name holds a test.
func isTestName(name string) bool { return slices.Contains([]string{"t", "b", "f", "tb"}, name) }

// lastName returns the last identifier of x: f of f, of p.f and of p.f[T].
func lastName(x ast.Expr) string {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	case *ast.IndexExpr:
		return lastName(x.X)
	case *ast.IndexListExpr:
		return lastName(x.X)
	}
	return ""
}

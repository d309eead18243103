package main

import (
	"go/ast"
	"go/token"
)

// A symbol is something that users of a package see, with the comments that
// document it.
type symbol struct {
	pos  token.Pos
	what string // "method Pool.Close"
	docs []*ast.CommentGroup
}

// documented reports whether one of s's comments says something.
func (s symbol) documented() bool {
	for _, c := range s.docs {
		if c.Text() != "" {
			return true
		}
	}
	return false
}

// symbols returns the package itself and its exported symbols, in the order of
// files and lines.
func symbols(p *pkg) []symbol {
	self := symbol{pos: p.files[0].Package, what: "package " + p.name}
	var list []symbol
	for _, f := range p.files {
		self.docs = append(self.docs, f.Doc)
		for _, decl := range f.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				list = append(list, function(decl)...)
			case *ast.GenDecl:
				list = append(list, declaration(decl)...)
			}
		}
	}
	return append([]symbol{self}, list...)
}

func function(f *ast.FuncDecl) []symbol {
	if !f.Name.IsExported() {
		return nil
	}
	what := "func " + f.Name.Name
	if f.Recv != nil {
		recv := receiver(f)
		if !ast.IsExported(recv) {
			return nil
		}
		what = "method " + recv + "." + f.Name.Name
	}
	return []symbol{{f.Pos(), what, []*ast.CommentGroup{f.Doc}}}
}

// receiver returns the name of the type that f is a method of.
func receiver(f *ast.FuncDecl) string {
	expr := f.Recv.List[0].Type
	for {
		switch t := expr.(type) {
		case *ast.StarExpr:
			expr = t.X
		case *ast.ParenExpr:
			expr = t.X
		case *ast.IndexExpr: // T[A]
			expr = t.X
		case *ast.IndexListExpr: // T[A, B]
			expr = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}

func declaration(decl *ast.GenDecl) (list []symbol) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if !spec.Name.IsExported() {
				continue
			}
			docs := []*ast.CommentGroup{spec.Doc, decl.Doc}
			if decl.Lparen.IsValid() {
				// The comment of a group says what its types have in
				// common, and does not document any of them.
				docs = docs[:1]
				if decl.Doc != nil {
					list = append(list, symbol{decl.Pos(), "group of type " + spec.Name.Name, []*ast.CommentGroup{decl.Doc}})
				}
			}
			list = append(list, symbol{spec.Pos(), "type " + spec.Name.Name, docs})
			list = append(list, members(spec.Name.Name, spec.Type)...)
		case *ast.ValueSpec:
			// The comment of a group of constants or variables is enough
			// for those whose names say the rest.
			docs := []*ast.CommentGroup{decl.Doc, spec.Doc, spec.Comment}
			for _, name := range spec.Names {
				if name.IsExported() {
					list = append(list, symbol{name.Pos(), decl.Tok.String() + " " + name.Name, docs})
				}
			}
		}
	}
	return list
}

// members returns the fields or methods of the type called name. Those that an
// embedded type brings along are documented there.
func members(name string, expr ast.Expr) (list []symbol) {
	kind, fields := "", (*ast.FieldList)(nil)
	switch t := expr.(type) {
	case *ast.StructType:
		kind, fields = "field", t.Fields
	case *ast.InterfaceType:
		kind, fields = "method", t.Methods
	default:
		return nil
	}
	for _, m := range fields.List {
		docs := []*ast.CommentGroup{m.Doc, m.Comment}
		for _, id := range m.Names {
			if id.IsExported() {
				list = append(list, symbol{id.Pos(), kind + " " + name + "." + id.Name, docs})
				list = append(list, members(name+"."+id.Name, m.Type)...)
			}
		}
	}
	return list
}

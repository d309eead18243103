package main

import "go/ast"

// comments reports the exported symbols of p, and p itself, that have no doc
// comment.
func comments(r *report, p *pkg) {
	documented := false
	for _, f := range p.files {
		documented = documented || f.Doc.Text() != ""
	}
	if !documented {
		r.add(p.files[0].Package, "package %s has no package comment", p.name)
	}
	for _, f := range p.files {
		for _, decl := range f.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				function(r, decl)
			case *ast.GenDecl:
				declaration(r, decl)
			}
		}
	}
}

func function(r *report, f *ast.FuncDecl) {
	if !f.Name.IsExported() || f.Doc.Text() != "" {
		return
	}
	if f.Recv == nil {
		r.add(f.Pos(), "func %s has no doc comment", f.Name.Name)
	} else if recv := receiver(f); ast.IsExported(recv) {
		r.add(f.Pos(), "method %s.%s has no doc comment", recv, f.Name.Name)
	}
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

func declaration(r *report, decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if !spec.Name.IsExported() {
				continue
			}
			// The comment of a group says what its types have in common.
			if spec.Doc.Text() == "" && (decl.Lparen.IsValid() || decl.Doc.Text() == "") {
				r.add(spec.Pos(), "type %s has no doc comment", spec.Name.Name)
			}
			members(r, spec.Name.Name, spec.Type)
		case *ast.ValueSpec:
			// The comment of a group of constants or variables is enough
			// for those whose names say the rest.
			if decl.Doc.Text() != "" || spec.Doc.Text() != "" || spec.Comment.Text() != "" {
				continue
			}
			for _, name := range spec.Names {
				if name.IsExported() {
					r.add(name.Pos(), "%s %s has no doc comment", decl.Tok, name.Name)
				}
			}
		}
	}
}

// members reports the fields or methods of the type called name. Those that an
// embedded type brings along are documented there.
func members(r *report, name string, expr ast.Expr) {
	kind, list := "", (*ast.FieldList)(nil)
	switch t := expr.(type) {
	case *ast.StructType:
		kind, list = "field", t.Fields
	case *ast.InterfaceType:
		kind, list = "method", t.Methods
	default:
		return
	}
	for _, m := range list.List {
		for _, id := range m.Names {
			if !id.IsExported() {
				continue
			}
			if m.Doc.Text() == "" && m.Comment.Text() == "" {
				r.add(id.Pos(), "%s %s.%s has no doc comment", kind, name, id.Name)
			}
			members(r, name+"."+id.Name, m.Type)
		}
	}
}

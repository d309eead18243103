package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"slices"
	"strings"
	"unicode/utf8"
)

// A piece is a statement or a declaration of a snippet.
type piece struct {
	name      string // of the snippet
	line, col int
	text      string
	declares  bool     // it belongs outside of main
	imports   []string // the specifications in an import declaration
	defines   []string // the variables that a statement defines
	shown     bool     // an expression whose values are printed
}

// split cuts a snippet into pieces. A piece ends where a semicolon stands, or stands by
// itself at the end of a line, outside of all brackets.
func split(name, code string) []piece {
	code = strings.ReplaceAll(code, "\r", "") // as in Go, a raw string has none
	var s scanner.Scanner
	file := token.NewFileSet().AddFile(name, -1, len(code))
	s.Init(file, []byte(code), func(token.Position, string) {}, 0)
	var pieces []piece
	start, end, depth := -1, 0, 0
	cut := func() {
		if start >= 0 {
			pieces = append(pieces, newPiece(name, file.Position(file.Pos(start)), code[start:end]))
		}
		start = -1
	}
	for {
		pos, tok, literal := s.Scan()
		switch tok {
		case token.EOF:
			cut()
			return pieces
		case token.SEMICOLON:
			if depth <= 0 {
				cut()
				continue
			}
			if literal == "\n" {
				continue
			}
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
		}
		offset := file.Offset(pos)
		if start < 0 {
			start = offset
		}
		switch {
		case tok == token.ILLEGAL: // whose literal may be longer
			_, n := utf8.DecodeRuneInString(code[offset:])
			end = offset + n
		case literal == "":
			end = offset + len(tok.String())
		default:
			end = offset + len(literal)
		}
	}
}

// isProgram reports whether a snippet is a whole program: it begins with a package clause.
func isProgram(pieces []piece) bool {
	return len(pieces) > 0 && strings.HasPrefix(pieces[0].text, "package ")
}

// whole returns a program with the imports that it lacks, behind its package clause.
func whole(name, code string, clause piece, find func(name string, uses []string) string) (string, error) {
	imports, err := missing(code, find)
	if err != nil {
		return "", err
	}
	var list strings.Builder
	for _, i := range imports {
		list.WriteString("; import " + i)
	}
	end := strings.Index(code, clause.text) + len(clause.text)
	return fmt.Sprintf("//line %s:1:1\n", name) + code[:end] + list.String() + code[end:], nil
}

// open reports whether a snippet goes on in the next line: a bracket, or a raw string, has
// no end.
func open(code string) bool {
	var s scanner.Scanner
	unclosed := false
	file := token.NewFileSet().AddFile("", -1, len(code))
	s.Init(file, []byte(code), func(_ token.Position, msg string) {
		unclosed = unclosed || msg == "raw string literal not terminated" || msg == "comment not terminated"
	}, 0)
	for depth := 0; ; {
		switch _, tok, _ := s.Scan(); tok {
		case token.EOF:
			return unclosed || depth > 0
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
		}
	}
}

// newPiece looks at what a piece is. What cannot be parsed is taken for a statement: the
// compiler says what is wrong.
func newPiece(name string, at token.Position, text string) piece {
	p := piece{name: name, line: at.Line, col: at.Column, text: text}
	set := token.NewFileSet()
	if file, err := parser.ParseFile(set, name, "package p\n"+text, 0); err == nil && len(file.Decls)+len(file.Imports) > 0 {
		p.declares = true
		for _, i := range file.Imports {
			p.imports = append(p.imports, strings.TrimSpace(strings.TrimPrefix(nameOf(i)+" "+i.Path.Value, " ")))
		}
		return p
	}
	if file, err := parser.ParseFile(set, name, "package p\nfunc _() {\n"+text+"\n}", 0); err == nil {
		for _, statement := range file.Decls[0].(*ast.FuncDecl).Body.List {
			if a, ok := statement.(*ast.AssignStmt); ok && a.Tok == token.DEFINE {
				for _, left := range a.Lhs {
					if id, ok := left.(*ast.Ident); ok && id.Name != "_" && !slices.Contains(p.defines, id.Name) {
						p.defines = append(p.defines, id.Name)
					}
				}
			}
		}
	}
	return p
}

func nameOf(i *ast.ImportSpec) string {
	if i.Name == nil {
		return ""
	}
	return i.Name.Name
}

// isExpression reports whether a piece is an expression whose values may be shown. The
// results of fmt.Print and its like are of no interest, and assert has none.
func (p piece) isExpression() bool {
	_, err := parser.ParseExpr(p.text)
	return err == nil && !p.declares && !p.asserts() && !strings.HasPrefix(p.text, "fmt.Print")
}

// asserts reports whether a piece is a call of assert.
func (p piece) asserts() bool { return strings.HasPrefix(p.text, "assert(") }

// write writes a piece with the line that tells the compiler where it comes from.
func (p piece) write(w *strings.Builder) {
	before, after := "", ""
	if p.shown {
		before, after = "_show(\n", ")"
	}
	fmt.Fprintf(w, "%s//line %s:%d:%d\n%s%s\n", before, p.name, p.line, p.col, p.text, after)
	if len(p.defines) > 0 { // so that a variable need not be used
		fmt.Fprintf(w, "%s = %s\n", strings.Repeat("_, ", len(p.defines)-1)+"_", strings.Join(p.defines, ", "))
	}
}

// A program is a snippet that can be compiled.
type program struct {
	before []piece // ran before; its output is not shown again
	pieces []piece
}

// source returns the text of the program, which imports what it uses.
func (p program) source(find func(name string, uses []string) string, optimize bool) (string, error) {
	var declarations, body strings.Builder
	explicit, mainToo := []string{}, false
	write := func(pieces []piece) {
		for _, piece := range pieces {
			switch {
			case piece.imports != nil:
				explicit = append(explicit, piece.imports...)
			case piece.asserts() && optimize:
			case piece.declares:
				mainToo = mainToo || strings.HasPrefix(piece.text, "func main(")
				piece.write(&declarations)
			default:
				piece.write(&body)
			}
		}
	}
	if len(p.before) > 0 {
		body.WriteString("_loud := _mute()\n")
		write(p.before)
		body.WriteString("_loud()\n")
	}
	write(p.pieces)
	rest := declarations.String()
	if !mainToo || body.Len() > 0 {
		rest += "//line main:1\nfunc main() {\n_begin()\n" + body.String() + "}\n"
	}
	imports, err := missing("package main\n"+importBlock(explicit)+rest, find)
	if err != nil {
		return "", err
	}
	begin := "func _begin() {}\n"
	if slices.Contains(imports, `"`+ours+`/ipc"`) || slices.Contains(explicit, `"`+ours+`/ipc"`) {
		begin = "func _begin() { ipc.Main() }\n" // this program is also its worker processes
	}
	return "package main\n" + importBlock(append(explicit, imports...)) + begin + rest, nil
}

func importBlock(imports []string) string {
	var w strings.Builder
	for _, i := range imports {
		w.WriteString("import " + i + "\n")
	}
	return w.String()
}

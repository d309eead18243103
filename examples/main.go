// Examples lists the programs in this folder, and what each of them does.
//
//	go run ./examples
package main

import (
	"embed"
	"fmt"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"log"
	"path"
	"strings"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
)

//go:embed */main.go */*/main.go
var sources embed.FS

func main() {
	log.SetFlags(0)
	log.SetPrefix("examples: ")
	flags.Parse()
	programs, err := list(sources)
	if err != nil {
		log.Fatal(err)
	}
	var width int
	for _, p := range programs {
		width = max(width, len(p.name))
	}
	var page strings.Builder
	folder := programs[0].folder()
	for _, p := range programs {
		if p.folder() != folder {
			folder = p.folder()
			page.WriteByte('\n')
		}
		fmt.Fprintf(&page, "%-*s  %s\n", width, p.name, p.does)
	}
	fmt.Fprintf(&page, "\nRun one of them, such as steps: go run ./examples/steps\nWhat it can be told: go run ./examples/wordcount -h\n")
	stdout.Print(page.String())
}

// A program is one that can be run.
type program struct {
	name string // its folder, below this one
	does string // the first sentence of its documentation
}

// folder is the one that the program shares with others.
func (p program) folder() string { return path.Dir(p.name) }

// list returns the programs whose sources are in files, those of no folder first.
func list(files fs.FS) ([]program, error) {
	var all []program
	for _, pattern := range []string{"*/main.go", "*/*/main.go"} {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			source, err := fs.ReadFile(files, name)
			if err != nil {
				return nil, err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments|parser.PackageClauseOnly)
			if err != nil {
				return nil, err
			}
			all = append(all, program{path.Dir(name), new(doc.Package).Synopsis(file.Doc.Text())})
		}
	}
	return all, nil
}

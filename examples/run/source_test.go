package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSplit(t *testing.T) {
	type p struct {
		line, col int
		text      string
		declares  bool
	}
	for code, want := range map[string][]p{
		"":                        nil,
		"// nothing":              nil,
		"a := 1; b()":             {{1, 1, "a := 1", false}, {1, 9, "b()", false}},
		"\n  f(1,\n2)\ng()":       {{2, 3, "f(1,\n2)", false}, {4, 1, "g()", false}},
		"if x {\n y\n} else {\n}": {{1, 1, "if x {\n y\n} else {\n}", false}},
		"import \"fmt\"\nvar x = 1\nconst c = 2\ntype t int\nfunc f() {}\nfunc (t) m() {}\nfunc() {}()": {
			{1, 1, "import \"fmt\"", true}, {2, 1, "var x = 1", true}, {3, 1, "const c = 2", true}, {4, 1, "type t int", true},
			{5, 1, "func f() {}", true}, {6, 1, "func (t) m() {}", true}, {7, 1, "func() {}()", false},
		},
		"`a;\nb`":              {{1, 1, "`a;\nb`", false}},
		"a /* ;\n*/; b // c\n": {{1, 1, "a", false}, {2, 5, "b", false}},
		"}}\nx":                {{1, 1, "}}", false}, {2, 1, "x", false}},
	} {
		var got []p
		for _, piece := range split("s", code) {
			got = append(got, p{piece.line, piece.col, piece.text, piece.declares})
		}
		assert.Equal(t, want, got, "%q", code)
	}
}

func TestOpen(t *testing.T) {
	for code, want := range map[string]bool{"f(": true, "f()": false, "func f() {": true, "`a": true, "`a`": false, "/* a": true, ")": false, "\"a": false, "if x {\n} else {": true} {
		assert.Equal(t, want, open(code), "%q", code)
	}
}

// The packages that names stand for: ours, the newer of two versions, and the one that has
// what is used.
func TestFind(t *testing.T) {
	w, err := newWorkshop(&options{})
	require.NoError(t, err)
	defer w.close()
	for uses, want := range map[string]string{
		"fmt.Println":                 "fmt",
		"rand.IntN":                   "math/rand/v2",
		"rand.Seed":                   "math/rand",
		"rand.Text":                   "crypto/rand",
		"template.New template.HTML":  "html/template",
		"template.New":                "text/template",
		"http.Get":                    "net/http",
		"scanner.TokenText":           "go/scanner", // none has it; the compiler says so
		"par.Map":                     ours + "/functional/par",
		"frame.Length":                ours + "/netx/frame",
		"nosuch.Thing":                "",
		"json.Marshal":                "encoding/json",
		"ipc.Func":                    ours + "/ipc",
		"binary.BigEndian":            "encoding/binary",
		"multipart.FileHeader":        "mime/multipart",
		"pprof.StartCPUProfile":       "runtime/pprof",
		"pprof.Index":                 "net/http/pprof",
		"heap.Init":                   "container/heap",
		"atomic.Int64":                "sync/atomic",
		"maphash.String":              "hash/maphash",
		"synctest.Test synctest.Wait": "testing/synctest",
	} {
		name, _, _ := strings.Cut(uses, ".")
		var used []string
		for use := range strings.FieldsSeq(uses) {
			_, sel, _ := strings.Cut(use, ".")
			used = append(used, sel)
		}
		got := w.shelf.find(name, used)
		if name == "scanner" {
			assert.Contains(t, got, "/scanner")
			continue
		}
		assert.Equal(t, want, got, uses)
	}
}

// A name that the snippet declares is no package.
func TestMissing(t *testing.T) {
	found := func(name string, _ []string) string { return "found/" + name }
	got, err := missing("package main\nfunc main() { fmt := struct{ X int }{}; _ = fmt.X; os.Exit(log.Lshort + a.b.c); undefined() }", found)
	require.NoError(t, err)
	assert.Equal(t, []string{`"found/a"`, `"found/log"`, `"found/os"`}, got)
}

// Any text is cut into pieces that are parts of it, in their order, and nothing is left out
// but spaces, semicolons and comments.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"a := 1; b()", "func f() {\n}", "`", "/*", "}{", "import (\n\"fmt\"\n)", "x\n\n\ny // z", "\xff", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, code string) {
		text := strings.ReplaceAll(code, "\r", "")
		lines := strings.SplitAfter(text, "\n")
		end := 0
		for _, p := range split("s", code) {
			start := len(strings.Join(lines[:p.line-1], "")) + p.col - 1
			require.GreaterOrEqual(t, start, end)
			between := text[end:start]
			if strings.Trim(between, " \t\n;\ufeff") != "" && !strings.Contains(between, "/") {
				t.Fatalf("%q is left out", between)
			}
			require.NotEmpty(t, p.text)
			require.True(t, strings.HasPrefix(text[start:], p.text), "%q is not at %d", p.text, start)
			end = start + len(p.text)
		}
		open(code)
	})
}

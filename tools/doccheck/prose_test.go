package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ruled has sentences that each rule refuses, and sentences that no rule may.
var ruled = map[string]struct{ bad, good []string }{
	"actor": {
		bad: []string{
			"Those who wait get an error.", "Whoever waits gets an error.", "It is for whom it concerns.", "Somebody holds the lock.",
			"It wakes everybody.", "Nobody waits.", "Anyone may call it.", "The lock is held by no one.", "It takes a Carrier of one's own.",
		},
		good: []string{"It waits for the one whose context ended.", "Each of them is the previous one's copy.", "The whole of it is read.", "Nothing waits."},
	},
	"matching": {
		bad: []string{
			"The error is one that errors.Is finds ErrClosed in.", "It stays what errors.As finds.", "So that errors.Is and errors.As find it.",
		},
		good: []string{"The error matches ErrClosed.", "Use errors.Is to find the cause.", "It returns an error matching ErrClosed; errors.As gives the rest."},
	},
	"cleft": {
		bad:  []string{"ErrUnequal is what the strict operators return.", "A RetryError is what Retry returns.", "Limits are what a process may use.", "The cause is what ends it."},
		good: []string{"It reports what is wrong.", "The queue holds what it is given.", "Here the size is what matters.", "Item holds the item."},
	},
	"causative": {
		bad:  []string{"CleanEnv has Env, and nothing else, be the environment.", "It has the default be the number of cores.", "Pipes has calls travel in pipes."},
		good: []string{"The lock has to be taken.", "It must have a worker that can be killed.", "They have not been begun.", "It has ended, and may be a leak.", "A call that has ended, or will be, is counted.", "It has an end: be careful."},
	},
	"inversion": {
		bad:  []string{"Nor may a goroutine share it.", "Never does it block.", "It does not block, nor does Close return early.", "Should the call fail, it is made again.", "Were it nil, Do would panic.", "Only then is the lock released."},
		good: []string{"Neither is inherited.", "It neither blocks nor panics.", "It waits neither for one nor can.", "So far it is empty.", "Had?", "Only sockets carry files.", "Should it wait?", "Such errors are joined."},
	},
	"forever": {
		bad:  []string{"It waits for ever.", "For ever is a long time."},
		good: []string{"It waits forever.", "It waits for every call."},
	},
	"spelling": {
		bad:  []string{"The call was cancelled.", "Cancelling is safe.", "A canceller ends it.", "A cancellable wait."},
		good: []string{"The call was canceled.", "Canceling is safe.", "Its cancellation is the cause.", "Cancel cancels it."},
	},
	"place": {
		bad:  []string{"The panic happened over there."},
		good: []string{"The panic happened there, in the worker."},
	},
	"old": {
		bad:  []string{"It ends, be it by a panic or an error.", "Each range runs it anew.", "It is closed lest it leaks.", "All save for the last are dropped.", "It fails for want of memory."},
		good: []string{"At least one is needed.", "It saves memory.", "It does not want to wait."},
	},
}

func TestRules(t *testing.T) {
	refusing := func(sentence string, list []rule) (names []string) {
		for _, x := range list {
			if x.find(sentence) != "" {
				names = append(names, x.name)
			}
		}
		return names
	}
	names := map[string]bool{}
	for i, x := range rules {
		t.Run(x.name, func(t *testing.T) {
			require.False(t, names[x.name], "two rules of that name")
			names[x.name] = true
			require.NotEmpty(t, x.instead)
			require.NotEmpty(t, ruled[x.name].bad)
			require.NotEmpty(t, ruled[x.name].good)
			others := slices.Delete(slices.Clone(rules), i, i+1)
			alone := false
			for _, s := range ruled[x.name].bad {
				assert.Contains(t, refusing(s, rules), x.name, s)
				alone = alone || len(refusing(s, others)) == 0
			}
			assert.True(t, alone, "no sentence shows that the rule is needed beside the others")
			for _, s := range ruled[x.name].good {
				assert.Empty(t, refusing(s, rules), s)
			}
		})
	}
	assert.Len(t, names, len(ruled), "sentences for rules that are not there")
}

func TestSentenceWords(t *testing.T) {
	for text, want := range map[string]int{
		"":                                 0,
		"It waits.":                        2,
		"n - 1 … of 2,000 items: e.g. ten": 7,
		"a—b c/d (e)":                      3,
	} {
		assert.Equal(t, want, sentence{text: text}.words(), text)
	}
}

// Of a comment the paragraphs, headings and items of lists are prose.
func TestSentences(t *testing.T) {
	for _, c := range []struct {
		name, comment string
		want          []string // "line: sentence"
	}{
		{"none", "//go:noinline", nil},
		{"one", "// Do does\n// it.", []string{"1: Do does it."}},
		{"several", "// Do does. It\n// stops! Why? (Because.) ctx ends.", []string{"1: Do does.", "1: It stops!", "2: Why?", "2: (Because.)", "2: ctx ends."}},
		{"no end", "// Do does", []string{"1: Do does"}},
		{"points", "// It takes e.g. options... and (i.e. 1.5) more [io.EOF]. \"So.\" It is.", []string{"1: It takes e.g. options... and (i.e. 1.5) more [io.EOF].", "1: \"So.\"", "1: It is."}},
		{"paragraphs", "// Do does\n//\n// it", []string{"1: Do does", "3: it"}},
		{"heading", "// Do does:\n// # A heading\n// it", []string{"1: Do does:", "2: A heading", "3: it"}},
		{"list", "// Do does:\n//   - one\n//     more. And\n//   - two\n//\n//     still\n//  1. three\n// and", []string{"1: Do does:", "2: one more.", "3: And", "4: two", "6: still", "7: three", "8: and"}},
		{"code", "// Do does:\n//\n//\twhoever()\n//\t- whoever\n//\n//\twhoever\n//\n// it", []string{"1: Do does:", "8: it"}},
		{"code at once", "// Do does:\n//\twhoever()\n// it", []string{"1: Do does:", "3: it"}},
		{"link", "// Do does.\n//\n// [RFC 1]: https://example.com/whoever", []string{"1: Do does."}},
		{"block", "/* Do does.\n\nIt\nis. */", []string{"1: Do does.", "3: It is."}},
		{"directive", "// Do does.\n//\n//go:fix inline", []string{"1: Do does."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, "x.go", c.comment+"\npackage x", parser.ParseComments)
			require.NoError(t, err)
			var got []string
			for _, s := range sentences(f.Doc) {
				got = append(got, strings.TrimPrefix(fset.Position(s.pos).String(), "x.go:")[:1]+": "+s.text)
			}
			assert.Equal(t, c.want, got)
		})
	}
}

// A sentence passes with as many words as are allowed, and not with one more.
func TestLength(t *testing.T) {
	for n, want := range map[int]int{maxWords: 0, maxWords + 1: 1} {
		r := &report{fset: token.NewFileSet()}
		text := "// " + strings.Repeat("word ", n-1) + "end."
		prose(r, []symbol{{docs: []*ast.CommentGroup{{List: []*ast.Comment{{Text: text}}}}}}, nil)
		assert.Len(t, r.found, want, "%d words", n)
	}
}

package main

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"
	"unicode"
)

// A sentence of a doc comment, its words joined by single spaces.
type sentence struct {
	pos  token.Pos // of the line that it begins in
	text string
}

// words counts what holds a letter or a digit.
func (s sentence) words() int {
	n := 0
	for w := range strings.FieldsSeq(s.text) {
		if strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			n++
		}
	}
	return n
}

// A word and the line it stands in.
type word struct {
	pos  token.Pos
	text string
}

var (
	listItem = regexp.MustCompile(`^\s+(?:[-*+•]|\d+[.)])\s+`)
	linkTo   = regexp.MustCompile(`^\[[^]]+\]: \S+$`)
)

// sentences returns the prose of a doc comment: its paragraphs, headings and
// items of lists. It leaves out code, directives and the targets of links.
func sentences(group *ast.CommentGroup) (all []sentence) {
	var (
		block        []word
		inList, code bool
	)
	flush := func() {
		all = append(all, split(block)...)
		block = nil
	}
	for _, l := range lines(group) {
		item := listItem.FindString(l.text)
		indented := l.text != strings.TrimLeft(l.text, " \t")
		switch {
		case strings.TrimSpace(l.text) == "":
			flush()
			continue
		case !indented:
			if inList || code || strings.HasPrefix(l.text, "# ") {
				flush()
			}
			inList, code = false, false
		case !code && item != "":
			flush()
			inList = true
			l.text = l.text[len(item):]
		case !inList:
			code = true
		}
		if code || linkTo.MatchString(l.text) {
			continue
		}
		heading := strings.HasPrefix(l.text, "# ")
		for text := range strings.FieldsSeq(strings.TrimPrefix(l.text, "# ")) {
			block = append(block, word{l.pos, text})
		}
		if heading {
			flush()
		}
	}
	flush()
	return all
}

// lines returns the lines of a comment without its markers and directives.
func lines(group *ast.CommentGroup) (list []word) {
	for _, c := range group.List {
		text, ok := strings.CutPrefix(c.Text, "//")
		if ok {
			if text == "" || text[0] == ' ' || text[0] == '\t' {
				list = append(list, word{c.Slash, strings.TrimPrefix(text, " ")})
			}
			continue
		}
		offset := c.Slash
		for i, line := range strings.Split(c.Text, "\n") {
			text := strings.TrimSuffix(line, "*/")
			if i == 0 {
				text = strings.TrimPrefix(strings.TrimPrefix(text, "/*"), " ")
			}
			list = append(list, word{offset, text})
			offset += token.Pos(len(line) + 1)
		}
	}
	return list
}

// abbreviations end with a period that ends no sentence.
var abbreviations = map[string]bool{"e.g.": true, "i.e.": true, "vs.": true, "cf.": true, "approx.": true}

// split cuts the words of a block into sentences.
func split(block []word) (list []sentence) {
	for from, i := 0, 0; i < len(block); i++ {
		bare := strings.TrimRight(block[i].text, `)]"'”’*_`)
		end := strings.HasSuffix(bare, "!") || strings.HasSuffix(bare, "?") ||
			strings.HasSuffix(bare, ".") && !strings.HasSuffix(bare, "..") && !abbreviations[strings.TrimLeft(bare, "([")]
		if !end && i < len(block)-1 {
			continue
		}
		texts := make([]string, 0, i+1-from)
		for _, w := range block[from : i+1] {
			texts = append(texts, w.text)
		}
		list = append(list, sentence{block[from].pos, strings.Join(texts, " ")})
		from = i + 1
	}
	return list
}

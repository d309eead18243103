package main

import "go/ast"

// maxWords is the length of the longest sentence that passes. A sentence should
// have 25 words at most.
const maxWords = 35

// prose reports the sentences in the documentation of symbols that are longer
// than maxWords or break a rule.
func prose(r *report, list []symbol, rules []rule) {
	seen := map[*ast.CommentGroup]bool{nil: true}
	for _, s := range list {
		for _, group := range s.docs {
			if seen[group] {
				continue // constants of one group share its comment
			}
			seen[group] = true
			for _, s := range sentences(group) {
				if n := s.words(); n > maxWords {
					r.add(s.pos, "length: %d words, %d at most: %s", n, maxWords, s.text)
				}
				for _, x := range rules {
					if found := x.find(s.text); found != "" {
						r.add(s.pos, "%s: %q, %s: %s", x.name, found, x.instead, s.text)
					}
				}
			}
		}
	}
}

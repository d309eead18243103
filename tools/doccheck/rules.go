package main

import (
	"regexp"
	"strings"
)

// A rule refuses a phrase in documentation. Phrases that good prose contains as well
// are left to reviewers.
type rule struct {
	name    string
	find    func(sentence string) string // the phrase, or nothing
	instead string                       // what to do about it
}

var rules = []rule{
	{"actor", phrase(`who|whom|whoever|whomever|(?:some|any|every|no)body|(?:some|any|every)one|oneself|one's own|no one`), "name the goroutine, caller, worker, process or connection"},
	{"matching", phrase(`(?:what )?errors\.(?:Is|As|AsType)(?: and errors\.(?:Is|As|AsType))? finds?`), "write that an error matches another"},
	{"cleft", expression(`^(?:(?:An?|The) )?\S+ (?:is|are) what\b`), "say with a verb what the symbol does or holds"},
	{"causative", causative, "write make, let or cause"},
	{"inversion", inversion, "put the subject before the verb, and begin a condition with if"},
	{"forever", phrase(`for ever`), "write forever"},
	{"spelling", phrase(`cancell(?:ed|ing|ers?|able)`), "write canceled and canceling; cancellation keeps both"},
	{"place", phrase(`over there`), "name the process or the machine"},
	{"old", phrase(`be it|lest|whence|whilst|wherein|thereof|therein|anew|save (?:for|that)|for want of`), "write a plainer word"},
}

// expression finds what a regular expression matches.
func expression(s string) func(string) string { return regexp.MustCompile(s).FindString }

// phrase finds one of several phrases of whole words, in capitals or not.
func phrase(alternatives string) func(string) string {
	return expression(`(?i)\b(?:` + alternatives + `)\b`)
}

// auxiliary matches the verbs that stand before the subject in a question.
const auxiliary = `(?:is|are|was|were|does|do|did|has|have|had|can|could|may|might|must|will|would)`

var (
	openInversion      = expression(`^(?:Nor|Never|Seldom|Rarely|So|Such|Not only|Only (?:then|there|here|now)) ` + auxiliary + `\b`)
	innerInversion     = expression(`[,;] nor ` + auxiliary + ` \S+ [\w(]`)
	invertedConditions = expression(`^(?:Should|Were|Had) (?:(?:an?|the|its|this|that) \w+|it|they|[[:upper:]]\w*) \w+`)
)

// inversion finds a verb that stands before its subject.
func inversion(sentence string) string {
	if strings.HasSuffix(sentence, "?") {
		return ""
	}
	for _, find := range []func(string) string{openInversion, innerInversion, invertedConditions} {
		if found := find(sentence); found != "" {
			return found
		}
	}
	return ""
}

var (
	haveSomething = regexp.MustCompile(`\b(?:has|have|having) ((?:[^ .,:;]+ ){1,5}?|[^ .,:;]+, [^.,:;]+, )(?:be|travel|happen|begin|go)\b`)
	// otherwise holds the words behind which be belongs to another verb.
	otherwise = regexp.MustCompile(`(?i)\b(?:to|not|been|had|can|cannot|could|may|might|must|shall|should|will|would|let|that|which|what|if|where|when)\b`)
)

// causative finds "has X be", where something makes X be.
func causative(sentence string) string {
	m := haveSomething.FindStringSubmatch(sentence)
	if m == nil || otherwise.MatchString(m[1]) {
		return ""
	}
	return m[0]
}

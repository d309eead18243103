package main

// comments reports the symbols that have no doc comment.
func comments(r *report, list []symbol) {
	for _, s := range list {
		if !s.documented() {
			r.add(s.pos, "%s has no doc comment", s.what)
		}
	}
}

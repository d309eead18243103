package files

import (
	"crypto/sha256"
	_ "embed" // the page
	"encoding/base64"
	"html"
	"net/http"
	"strings"
)

//go:embed page.html
var pageHTML string

// pagePolicy allows the page its own style and script, by their sums, and requests to its own
// site. Nothing foreign is loaded.
var pagePolicy = "default-src 'none'; script-src " + sumOf("<script>", "</script>") + "; style-src " + sumOf("<style>", "</style>") +
	"; img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// sumOf returns the source expression for what stands between two tags of the page.
func sumOf(begin, end string) string {
	_, text, _ := strings.Cut(pageHTML, begin)
	text, _, _ = strings.Cut(text, end)
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// page answers with the page.
func (q *request) page() error {
	if err := q.allowed(OpList, ""); err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Referrer-Policy", "same-origin") // of a form, whose Origin would be null otherwise
	h.Set("Cache-Control", "no-cache")
	q.write(http.StatusOK, "text/html; charset=utf-8", []byte(strings.ReplaceAll(pageHTML, "{{title}}", html.EscapeString(q.o.Title))))
	return nil
}

package files

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// success is what a form is answered with.
const success = "File uploaded successfully"

// wants reports whether the client accepts a type by its own name.
func wants(r *http.Request, typ string) bool {
	for _, accept := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(accept, ",") {
			part, _, _ = strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(part), typ) {
				return true
			}
		}
	}
	return false
}

// An outcome is the JSON of an answer.
type outcome struct {
	Files []Info `json:"files,omitempty"`
	Error string `json:"error,omitempty"`
}

// answer answers with a text, and with the files that were stored.
func (q *request) answer(code int, text string, files []Info) {
	switch {
	case wants(q.r, "application/json"):
		out := outcome{Files: files}
		if code >= 400 {
			out.Error = text
		}
		q.writeJSON(code, out)
	case wants(q.r, "text/html"):
		q.w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'") // its links lead back
		q.write(code, "text/html; charset=utf-8", answerPage(text, q.r.URL.Path, files))
	default:
		q.write(code, "text/plain; charset=utf-8", []byte(text))
	}
}

func (q *request) writeJSON(code int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		code, data = http.StatusInternalServerError, []byte(`{"error":"the server has failed"}`)
	}
	q.write(code, "application/json", append(data, '\n'))
}

// write writes an answer with its length.
func (q *request) write(code int, typ string, data []byte) {
	h := q.w.Header()
	h.Set("Content-Type", typ)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	q.w.WriteHeader(code)
	if q.r.Method != http.MethodHead {
		q.w.Write(data) // an error is the client's end
	}
}

// answerPage is the answer to a form that a browser has sent without JavaScript.
func answerPage(text, path string, files []Info) []byte {
	up := "./"
	if n := strings.Count(strings.TrimPrefix(path, "/"), "/"); n > 0 {
		up = strings.Repeat("../", n)
	}
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n<meta name=viewport content=\"width=device-width\">\n<title>")
	b.WriteString(html.EscapeString(text) + "</title>\n<h1>" + html.EscapeString(text) + "</h1>\n")
	if len(files) > 0 {
		b.WriteString("<ul>\n")
		for _, f := range files {
			b.WriteString(`<li><a href="` + html.EscapeString(up+"uploads/"+url.PathEscape(f.Name)) + `">` + html.EscapeString(f.Name) + "</a>\n")
		}
		b.WriteString("</ul>\n")
	}
	b.WriteString(`<p><a href="` + up + `">Back</a>` + "\n</html>\n")
	return []byte(b.String())
}

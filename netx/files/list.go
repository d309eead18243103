package files

import (
	"net/http"
	"strconv"
)

// maxList is the largest number of files in a page of the list.
const maxList = 1000

// A listing is the JSON of a page of the list.
type listing struct {
	Files []Info `json:"files"`
	Next  string `json:"next,omitempty"` // the value of after for the next page
}

// list answers with a page of the list.
func (q *request) list() error {
	if err := q.allowed(OpList, ""); err != nil {
		return err
	}
	query, limit := q.r.URL.Query(), maxList
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return refused(http.StatusBadRequest, "limit is not a number of files")
		}
		limit = min(n, maxList)
	}
	out := listing{Files: []Info{}}
	for info, err := range q.storage.List(q.r.Context(), query.Get("after")) {
		if err != nil {
			return err
		}
		if len(out.Files) == limit {
			out.Next = out.Files[limit-1].Name
			break
		}
		info.ETag = etag(info)
		out.Files = append(out.Files, info)
	}
	q.w.Header().Set("Cache-Control", "no-store")
	q.writeJSON(http.StatusOK, out)
	return nil
}

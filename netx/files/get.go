package files

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/netx/files/internal/digest"
	"github.com/fanfold/fanfold/netx/files/internal/pace"
	"github.com/fanfold/fanfold/netx/files/internal/sniff"
)

// get answers a GET or HEAD of a file, by http.ServeContent. It gets the ResponseWriter as it
// is and a file of the system as it is: then the system copies.
func (q *request) get(name string) error {
	if err := q.allowed(OpRead, name); err != nil {
		return err
	}
	f, info, err := q.storage.Open(q.r.Context(), name)
	if err != nil {
		return err
	}
	defer f.Close()
	if info.Type == "" { // it got there in another way
		if info.Type, err = sniffFile(f); err != nil {
			return err
		}
	}
	h := q.w.Header()
	describe(h, info)
	h.Set("Content-Type", info.Type)
	h.Set("Content-Disposition", disposition(info.Name, sniff.Allowed(q.o.Inline, info.Type)))
	if len(q.origins) > 0 {
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	h.Set("Cache-Control", "private, no-cache")

	var content io.ReadSeeker = f
	var sent func() int64
	if file, ok := f.(*os.File); ok {
		sent = func() int64 {
			at, _ := file.Seek(0, io.SeekCurrent) // sendfile moves it
			return at
		}
	} else {
		c := &counting{ReadSeeker: f}
		content, sent = c, c.n.Load
	}
	stop := pace.Watch(sent, http.NewResponseController(q.w).SetWriteDeadline, pace.Limit{Stall: q.o.Stall, Rate: q.o.MinRate})
	defer stop()
	http.ServeContent(q.w, q.r, "", info.Modified, content)
	return nil
}

// counting counts what is read.
type counting struct {
	io.ReadSeeker
	n atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.ReadSeeker.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// sniffFile returns the type of a file by its first bytes.
func sniffFile(f io.ReadSeeker) (string, error) {
	head := make([]byte, sniff.Size)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	typ, err := sniff.Type(head[:n])
	if err != nil {
		return sniff.Unknown, nil
	}
	return typ, nil
}

// describe sets the headers that tell of a file's bytes.
func describe(h http.Header, info Info) {
	h.Set("ETag", etag(info))
	if info.SHA256 != nil {
		h.Set("Repr-Digest", digest.Format(info.SHA256))
	}
}

// etag returns the entity tag of a file. It is strong if it tells of the bytes.
func etag(info Info) string {
	switch {
	case info.ETag != "":
		return info.ETag
	case info.SHA256 != nil:
		return `"` + base64.RawURLEncoding.EncodeToString(info.SHA256) + `"`
	}
	return fmt.Sprintf(`W/"%x-%x"`, info.Size, info.Modified.UnixNano())
}

// disposition returns the Content-Disposition of a file.
func disposition(name string, inline bool) string {
	how := "attachment"
	if inline {
		how = "inline"
	}
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' {
			return '_'
		}
		return r
	}, name)
	d := how + `; filename="` + plain + `"`
	if plain != name {
		d += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return d
}

// preconditions checks If-Match and If-None-Match of a request that changes a file. old is
// nil if there is none.
func preconditions(r *http.Request, old *Info) error {
	failed := refused(http.StatusPreconditionFailed, "the file is not the one that was expected")
	if match := r.Header.Values("If-Match"); len(match) > 0 && (old == nil || !matches(match, etag(*old), true)) {
		return failed
	}
	if none := r.Header.Values("If-None-Match"); len(none) > 0 && old != nil && matches(none, etag(*old), false) {
		return failed
	}
	if since, err := http.ParseTime(r.Header.Get("If-Unmodified-Since")); err == nil && r.Header.Get("If-Match") == "" &&
		(old == nil || old.Modified.Truncate(time.Second).After(since)) {
		return failed
	}
	return nil
}

// matches reports whether a list of entity tags has one. A strong comparison needs strong tags.
func matches(list []string, tag string, strong bool) bool {
	weak := strings.HasPrefix(tag, "W/")
	for _, value := range list {
		for len(value) > 0 {
			value = strings.TrimLeft(value, " \t,")
			if strings.HasPrefix(value, "*") {
				return true
			}
			rest, isWeak := strings.CutPrefix(value, "W/")
			if !strings.HasPrefix(rest, `"`) {
				break
			}
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				break
			}
			one := rest[:end+2]
			value = rest[end+2:]
			if one == strings.TrimPrefix(tag, "W/") && (!strong || !weak && !isWeak) {
				return true
			}
		}
	}
	return false
}

package page

import (
	"bytes"
	"strings"
)

// marker parts what is written by hand from what is generated.
const marker = "<!-- Below this line everything is written by go -C benchmarks run ./report. -->\n"

// Splice returns a page with the prose that stands above the marker in old and
// what was generated below it. A page that is new begins with its title.
func Splice(old []byte, title, generated string) []byte {
	prose, _, ok := bytes.Cut(old, []byte(marker))
	if !ok {
		prose = bytes.TrimSpace(old)
		if len(prose) == 0 {
			prose = []byte("# " + title)
		}
		prose = append(prose, "\n\n"...)
	}
	return []byte(string(prose) + marker + "\n" + strings.TrimSpace(generated) + "\n")
}

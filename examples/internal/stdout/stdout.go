// Package stdout prints what a program is for. Its functions print as those of package
// fmt do, but return no error: a program whose output is lost says so on standard error
// and ends with status 1.
package stdout

import (
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
)

// Print prints its arguments as fmt.Print does.
func Print(args ...any) {
	_, err := fmt.Fprint(os.Stdout, args...)
	check(err)
}

// Println prints its arguments as a line, as fmt.Println does.
func Println(args ...any) {
	_, err := fmt.Fprintln(os.Stdout, args...)
	check(err)
}

// check ends the program if the output is lost. No deferred call runs: what they would
// release, the end of the process releases.
func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Name returns a name that comes from outside in a form that fits into a line and into
// the cell of a table: a name with control characters, backslashes or double quotes, or
// with bytes that are not UTF-8, comes back quoted as in Go.
func Name(name string) string {
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` {
		return quoted
	}
	return name
}

// Line returns a text that holds what comes from outside as one line: control characters,
// line breaks among them, and bytes that are not UTF-8 become escapes as in Go.
func Line(text string) string {
	quoted := strconv.Quote(text)
	return plain.Replace(quoted[1 : len(quoted)-1])
}

// plain takes back what strconv.Quote escapes for the sake of the quotes.
var plain = strings.NewReplacer(`\\`, `\`, `\"`, `"`)

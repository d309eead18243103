package multipart_test

import (
	"fmt"
	"io"
	"log"
	"net/url"
	"strings"

	"github.com/fanfold/fanfold/netx/multipart"
)

// A form is written and read as a stream.
func Example() {
	form := &multipart.Form{
		Values: url.Values{"to": {"gopher"}},
		Files: []multipart.File{{Field: "file", Name: "greeting.txt", Size: 5, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("hello")), nil
		}}},
	}
	body, err := form.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer body.Close()

	boundary, err := multipart.Boundary(form.ContentType())
	if err != nil {
		log.Fatal(err)
	}
	r := multipart.NewReader(body, boundary)
	defer r.Close()
	for {
		part, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %q: %s\n", part.Name, part.FileName, content)
	}
	// Output:
	// to "": gopher
	// file "greeting.txt": hello
}

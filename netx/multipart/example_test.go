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
func ExampleReader() {
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

// A form with a file is sent by package httpx, and its length is known.
func ExampleForm() {
	form := &multipart.Form{Values: url.Values{"to": {"gopher"}}}
	body, err := form.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer body.Close()
	n, err := io.Copy(io.Discard, body)
	fmt.Println(n == form.Size(), err)
	// Output: true <nil>
}

// A part is an io.Reader, and may be left half read.
func ExamplePart() {
	const body = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\ncontent\r\n--b--"
	r := multipart.NewReader(strings.NewReader(body), "b")
	defer r.Close()
	part, err := r.Next()
	if err != nil {
		log.Fatal(err)
	}
	head := make([]byte, 4)
	if _, err := io.ReadFull(part, head); err != nil {
		log.Fatal(err)
	}
	_, err = r.Next()
	fmt.Printf("%s: %s…, then %v\n", part.FileName, head, err)
	// Output: a.txt: cont…, then EOF
}

package files_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/fanfold/fanfold/netx/files"
)

func ExampleServer() {
	server := files.NewServer(files.Memory(0), files.ServerOptions{MaxFile: 1 << 20, Types: []string{"text/*"}})
	h := httptest.NewServer(http.StripPrefix("/files", server))
	defer h.Close()

	put := func(name, text string) {
		req, _ := http.NewRequest("PUT", h.URL+"/files/uploads/"+name, strings.NewReader(text))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		fmt.Println(resp.StatusCode, string(body))
		if err != nil {
			fmt.Println(err)
		}
	}
	put("a.txt", "hello")
	put("a.txt", "other")
	put("a.png", "\x89PNG\r\n\x1a\n")
	put("%2e%2e%2fpasswd", "x")
	// Output:
	// 201 File uploaded successfully
	// 409 a file of this name exists
	// 415 a file of type image/png is not accepted
	// 404 not found
}

func ExampleCleanName() {
	for _, name := range []string{"../../etc/passwd", `C:\photos\me.jpg`, "NUL.txt", "invoice\u202efdp.exe", "..."} {
		clean, err := files.CleanName(name)
		fmt.Printf("%q %v\n", clean, err)
	}
	// Output:
	// "passwd" <nil>
	// "me.jpg" <nil>
	// "_NUL.txt" <nil>
	// "invoicefdp.exe" <nil>
	// "" files: not a name for a file
}

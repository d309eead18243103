package files

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(killedEnv); dir != "" {
		serveKilled(dir)
		return
	}
	os.Exit(leak.Run(func() int {
		defer http.DefaultClient.CloseIdleConnections()
		return m.Run()
	}))
}

func sum256(data []byte) []byte {
	sum := sha256.Sum256(data)
	return sum[:]
}

// killedEnv makes the test's program a server of a folder, which is to be killed.
const killedEnv = "FANFOLD_FILES_KILLED"

// serveKilled is the server. It ends when its standard input does.
func serveKilled(dir string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	s, err := Local(dir)
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	go http.Serve(l, NewServer(s))
	io.Copy(io.Discard, os.Stdin)
}

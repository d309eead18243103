package files

import (
	"crypto/sha256"
	"net/http"
	"os"
	"testing"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) {
	os.Exit(leak.Run(func() int {
		defer http.DefaultClient.CloseIdleConnections()
		return m.Run()
	}))
}

func sum256(data []byte) []byte {
	sum := sha256.Sum256(data)
	return sum[:]
}

package httpx_test

import (
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

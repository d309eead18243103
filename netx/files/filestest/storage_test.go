package filestest_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/netx/files"
	"github.com/fanfold/fanfold/netx/files/filestest"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestLocal(t *testing.T) {
	filestest.TestStorage(t, func(t *testing.T) files.Storage {
		s, err := files.Local(t.TempDir())
		require.NoError(t, err)
		return s
	})
}

func TestMemory(t *testing.T) {
	filestest.TestStorage(t, func(*testing.T) files.Storage { return files.Memory(0) })
}

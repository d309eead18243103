package shared_test

import (
	"testing"

	"github.com/fanfold/fanfold/benchmarks/internal/workers"
)

func TestMain(m *testing.M) { workers.Main(m) }

package functional_test

import (
	"testing"

	"github.com/fanfold/fanfold/functional/internal/laws"
)

func TestLaws(t *testing.T) { laws.Test(t) }

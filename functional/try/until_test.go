package try_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional/try"
)

func TestUntil(t *testing.T) {
	var err error
	numbers := try.Until(try.Map(slices.Values(strings.Fields("1 2 x 3")), strconv.Atoi), &err)
	require.Equal(t, []int{1, 2}, slices.Collect(numbers))
	require.ErrorIs(t, err, strconv.ErrSyntax)
	for range numbers {
		break
	}
	require.NoError(t, err, "a range that did not come to the error")
}

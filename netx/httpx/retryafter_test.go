package httpx

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "120", "-1", "1.5", " 7 ", "Wed, 21 Oct 2015 07:28:00 GMT", "Wednesday, 21-Oct-15 07:28:00 GMT", "Wed Oct 21 07:28:00 2015", "9999999999999999999", "9223372036"} {
		f.Add(seed, "Wed, 21 Oct 2015 07:27:00 GMT")
	}
	digits := regexp.MustCompile(`^[0-9]+$`)
	f.Fuzz(func(t *testing.T, value, date string) {
		h := http.Header{"Retry-After": {value}, "Date": {date}}
		d, ok := retryAfter(h, time.Now())
		require.GreaterOrEqual(t, d, time.Duration(0))
		if digits.MatchString(value) {
			require.True(t, ok)
		}
		if !ok {
			require.Zero(t, d)
		}
	})
}

func TestRetryAfterByTheServersClock(t *testing.T) {
	h := http.Header{"Retry-After": {"Wed, 21 Oct 2015 07:28:00 GMT"}, "Date": {"Wed, 21 Oct 2015 07:27:00 GMT"}}
	d, ok := retryAfter(h, time.Now())
	assert.True(t, ok)
	assert.Equal(t, time.Minute, d)
}

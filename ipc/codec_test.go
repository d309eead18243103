package ipc

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/wire"
)

var jsonInts = pluggedIn[int]{json.Marshal, json.Unmarshal}

func TestListFormat(t *testing.T) {
	for want, list := range map[string][]int{
		"\x00":                nil,
		"\x01":                {},
		"\x03\x017\x04-100":   {7, -100},
		"\x04\x011\x012\x013": {1, 2, 3},
	} {
		data, err := jsonInts.AppendSlice([]byte("before"), list, wire.Terms{})
		require.NoError(t, err)
		require.Equal(t, "before"+want, string(data))
		got, err := jsonInts.DecodeSlice(nil, []byte(want), nil)
		require.NoError(t, err)
		require.Equal(t, list, got, "nil stays nil, empty stays empty")
	}
}

func TestListErrors(t *testing.T) {
	for list, want := range map[string]string{
		"":                         "a list without a length",
		"\x80":                     "a list without a length",
		"\x03\x011":                "item 1 of 2 at byte 3 does not end",
		"\x04\x00":                 "a list of 3 items in 1 bytes",
		"\x03\x0211":               "item 1 of 2 at byte 4 does not end",
		"\x02\x031":                "item 0 of 1 at byte 1 does not end",
		"\x02\x011\x00":            "1 bytes after the last of 1 items",
		"\x00\x00":                 "1 bytes after a nil list",
		"\xff\xff\xff\xff\x0f\x00": "a list of 4294967294 items in 1 bytes",
		"\x03\x011\x01x":           "item 1: invalid character 'x'",
		"\x02\x00":                 "item 0: unexpected end of JSON input",
	} {
		got, err := jsonInts.DecodeSlice(nil, []byte(list), nil)
		require.ErrorContains(t, err, want, "%q", list)
		require.Nil(t, got)
	}
	_, err := pluggedIn[float64]{json.Marshal, json.Unmarshal}.AppendSlice(nil, []float64{1, math.Inf(1)}, wire.Terms{})
	require.EqualError(t, err, "item 1: json: unsupported value: +Inf")
}

// An announced number of items allocates nothing.
func TestListLengthIsNotBelieved(t *testing.T) {
	src := append([]byte{0x81, 0x80, 0x40}, make([]byte, 1<<20)...) // a mebi of empty items, which are no JSON
	got := testing.AllocsPerRun(10, func() { parseList(src) })
	require.LessOrEqual(t, got, 1.0)
	big := pluggedIn[[1 << 20]byte]{json.Marshal, json.Unmarshal}
	var err error
	got = testing.AllocsPerRun(1, func() { _, err = big.DecodeSlice(nil, src, nil) })
	require.ErrorContains(t, err, "item 0: ")
	require.Less(t, got, 100.0)
}

// A list of bytes that came from elsewhere has the items that it says, or is none.
func FuzzParseList(f *testing.F) {
	f.Add([]byte("\x00"))
	f.Add([]byte("\x01"))
	f.Add([]byte("\x03\x017\x04-100"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, items, err := parseList(data)
		if err != nil {
			return
		}
		raw := pluggedIn[[]byte]{
			func(v any) ([]byte, error) { return v.([]byte), nil },
			func(data []byte, v any) error { *v.(*[]byte) = data; return nil },
		}
		var list [][]byte
		if n >= 0 {
			list = [][]byte{}
		}
		for item := range items {
			list = append(list, item)
		}
		require.Equal(t, max(n, 0), len(list))
		require.LessOrEqual(t, len(list)+len(bytes.Join(list, nil)), len(data))
		again, err := raw.AppendSlice(nil, list, wire.Terms{})
		require.NoError(t, err)
		back, err := raw.DecodeSlice(nil, again, nil)
		require.NoError(t, err)
		require.Equal(t, list, back)
	})
}

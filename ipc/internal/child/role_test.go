package child

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A child learns what its parent says, word for word.
func TestRoles(t *testing.T) {
	token := newToken()
	for _, want := range []Role{
		{MaxMessage: 1},
		{MaxMessage: 1 << 40, Ring: true, Spin: true, NoSharedMemory: true, Once: true, Name: "a: name=\x00", Files: 64},
		{MaxMessage: 7, Limits: Limits{Memory: 1 << 40, CPU: time.Hour, Files: 99, FileSize: 3, NoCore: true}},
	} {
		text, ok := strings.CutPrefix(want.variable(token), roleVariable+"=")
		require.True(t, ok)
		got, gotToken, ok := parseRole(text)
		require.True(t, ok)
		require.Equal(t, want, got)
		require.Equal(t, token, gotToken)
		got, _, ok = parseRole(text + ":stack=17:a word of tomorrow=1")
		require.True(t, ok)
		want.stack = 17
		require.Equal(t, want, got)
	}
}

func TestNoRoles(t *testing.T) {
	token := strings.Repeat("0f", tokenSize)
	for _, text := range []string{
		"", ":", "1", token, token + ":", token + ":0", token + ":-1", token + ":x", token[2:] + ":1", "zz" + token[2:] + ":1",
		token + ":1:ring=x", token + ":1:files=-1", token + ":1:name=zz", token + ":1:ring",
	} {
		_, _, ok := parseRole(text)
		require.False(t, ok, text)
	}
	// A role that the descriptors do not confirm is none, and is removed all the same.
	t.Setenv(roleVariable, token+":1")
	_, ok := TakeRole()
	require.False(t, ok)
	_, ok = os.LookupEnv(roleVariable)
	require.False(t, ok)
}

// The last value of a key counts, and a clean environment has nothing else.
func TestEnvironment(t *testing.T) {
	t.Setenv("CHILD_TEST", "inherited")
	t.Setenv("CHILD_TEST_TOO", "inherited")
	list := environment([]string{"CHILD_TEST=1", "CHILD_TEST=2"}, false, false, "ROLE=x")
	require.Contains(t, list, "CHILD_TEST=2")
	require.Contains(t, list, "CHILD_TEST_TOO=inherited")
	require.NotContains(t, list, "CHILD_TEST=1")
	require.NotContains(t, list, "CHILD_TEST=inherited")
	require.Equal(t, "ROLE=x", list[len(list)-1])
	require.Equal(t, []string{"CHILD_TEST=2", "ROLE=x"}, environment([]string{"CHILD_TEST=1", "CHILD_TEST=2"}, true, false, "ROLE=x"))
}

// A process with the race detector ends at once, unless it was told otherwise.
func TestRaceDetectorDoesNotLinger(t *testing.T) {
	for _, c := range []struct{ was, want string }{
		{"", "GORACE=atexit_sleep_ms=0 "},
		{"GORACE=atexit_sleep_ms=7", "GORACE=atexit_sleep_ms=0 atexit_sleep_ms=7"}, // the last counts
		{"GORACE=halt_on_error=1", "GORACE=atexit_sleep_ms=0 halt_on_error=1"},
	} {
		var more []string
		if c.was != "" {
			more = []string{c.was}
		}
		list := environment(more, true, true, "ROLE=x")
		require.Contains(t, list, c.want)
		require.Equal(t, 1, strings.Count(strings.Join(list, "\n"), "GORACE="))
		t.Setenv(raceVariable, strings.TrimPrefix(c.want, "GORACE="))
		unhurried()
		require.Equal(t, strings.TrimPrefix(c.was, "GORACE="), os.Getenv(raceVariable), "what it starts in its turn")
	}
}

package files

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPage(t *testing.T) {
	both(t, ServerOptions{Title: "<b>Ours & \"yours\""}, func(t *testing.T, s *site) {
		a := s.do("GET", "/", nil)
		assert.Equal(t, 200, a.code)
		assert.Contains(t, a.body, "<title>&lt;b&gt;Ours &amp; &#34;yours&#34;</title>")
		assert.NotContains(t, a.body, "<b>")
		policy := a.header.Get("Content-Security-Policy")
		assert.Contains(t, policy, "default-src 'none'; script-src 'sha256-")
		assert.NotContains(t, policy, "unsafe")
		assert.Equal(t, 1, strings.Count(a.body, "<script"), "the policy allows one")
		assert.Equal(t, 1, strings.Count(a.body, "<style"))
		assert.NotContains(t, a.body, "http://")
		assert.NotContains(t, a.body, "https://")
		assert.NotRegexp(t, `\son[a-z]+="|style="`, a.body, "what the policy forbids")
	})
}

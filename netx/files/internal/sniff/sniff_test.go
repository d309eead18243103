package sniff

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestType(t *testing.T) {
	for head, want := range map[string]string{
		"":                  Unknown,
		"hello":             "text/plain; charset=utf-8",
		"\x89PNG\r\n\x1a\n": "image/png",
		"<html><body>":      "text/html; charset=utf-8",
		"<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>": "image/svg+xml",
		"\x00\x01\x02\xff": Unknown,
	} {
		typ, err := Type([]byte(head))
		assert.NoError(t, err)
		assert.Equal(t, want, typ, "%q", head)
	}
}

func TestTypePanics(t *testing.T) {
	was := detect
	defer func() { detect = was }()
	detect = func([]byte) string { panic("broken") }
	_, err := Type([]byte("x"))
	assert.ErrorContains(t, err, "broken")
}

func TestAllowed(t *testing.T) {
	list := []string{"image/*", "text/plain", "Application/PDF"}
	for typ, want := range map[string]bool{
		"image/png": true, "image/svg+xml": false, "text/plain; charset=utf-8": true, "text/html; charset=utf-8": false,
		"application/pdf": true, "application/zip": false, "imagex/png": false, "": false, "image": false,
	} {
		assert.Equal(t, want, Allowed(list, typ), typ)
	}
	assert.True(t, Allowed([]string{"image/svg+xml"}, "image/svg+xml"))
	assert.True(t, Allowed([]string{"*/*"}, "image/svg+xml"))
	assert.False(t, Allowed(nil, "image/png"))
}

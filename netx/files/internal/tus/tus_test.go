package tus

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestMetadata(t *testing.T) {
	meta, err := Metadata("filename d29ybGQ=, is_confidential,empty ")
	assert.NoError(t, err)
	assert.Equal(t, map[string]string{"filename": "world", "is_confidential": "", "empty": ""}, meta)
	assert.Equal(t, "empty,filename d29ybGQ=,is_confidential", FormatMetadata(meta))
	for _, bad := range []string{"a ?", "a YQ==,a YQ==", "a\tb YQ==", "a YQ== YQ==", "é YQ==", string(make([]byte, 9000))} {
		_, err := Metadata(bad)
		assert.ErrorIs(t, err, ErrSyntax, "%q", bad)
	}
}

func TestNumber(t *testing.T) {
	for value, want := range map[string]int64{"0": 0, "007": 7, "9223372036854775807": 1<<63 - 1} {
		n, err := Number(value)
		assert.NoError(t, err)
		assert.Equal(t, want, n)
	}
	for _, bad := range []string{"", "-1", "+1", "1 ", "0x1", "1_0", "9223372036854775808"} {
		_, err := Number(bad)
		assert.ErrorIs(t, err, ErrSyntax, bad)
	}
}

func TestChecksum(t *testing.T) {
	c, err := ParseChecksum("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=")
	require.NoError(t, err)
	c.Hash.Write([]byte("hello world"))
	assert.Equal(t, c.Want, c.Hash.Sum(nil))
	_, err = ParseChecksum("sha9 AAAA")
	assert.ErrorIs(t, err, ErrAlgorithm)
	for _, bad := range []string{"sha1", "sha1 AAAA", "sha1 ?"} {
		_, err = ParseChecksum(bad)
		assert.ErrorIs(t, err, ErrSyntax)
	}
	c, err = ParseChecksum("")
	assert.NoError(t, err)
	assert.Nil(t, c)
}

func FuzzMetadata(f *testing.F) {
	f.Add("filename d29ybGQ=,b")
	f.Fuzz(func(t *testing.T, value string) {
		meta, err := Metadata(value)
		if err != nil {
			return
		}
		again, err := Metadata(FormatMetadata(meta))
		require.NoError(t, err)
		require.Equal(t, meta, again)
	})
}

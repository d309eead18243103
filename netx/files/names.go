package files

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrName is the error of a name of which nothing is left when it is cleaned.
var ErrName = errors.New("files: not a name for a file")

// maxName is the largest length of a name in bytes. Systems allow 255, and what belongs to a
// file has a longer name than the file.
const maxName = 200

// maxExt is the largest length of an extension that is kept when a name is cut.
const maxExt = 20

// CleanName returns the name under which a file may be stored that a client calls name. The
// result is one element of a path on every system: the last of those that / and \ separate.
// It has no control, format or bidirectional characters. Leading dots, and dots and spaces
// at the end, are gone. Characters that a system reserves, and bytes that are not UTF-8,
// become underscores. Names of devices, such as NUL.txt, get an underscore in front. A name
// of more than 200 bytes is cut before its extension.
//
// Cleaning a clean name changes nothing. CleanName returns [ErrName] when nothing is left.
// Its cost is linear in the length of name. It does not compose characters, so that é in two
// encodings makes two names.
func CleanName(name string) (string, error) {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = trim(strings.Map(clean, name))
	if len(name) > maxName {
		name = trim(cut(name))
	}
	if isDevice(name) {
		name = "_" + name
	}
	if name == "" {
		return "", ErrName
	}
	return name, nil
}

// isClean reports whether a name is what CleanName returns for it.
func isClean(name string) bool {
	if len(name) > maxName {
		return false
	}
	cleaned, err := CleanName(name)
	return err == nil && cleaned == name
}

// clean is what becomes of a character.
func clean(r rune) rune {
	switch {
	case r == utf8.RuneError || strings.ContainsRune(`<>:"|?*`, r):
		return '_'
	case unicode.IsSpace(r) && !unicode.IsControl(r):
		return ' '
	case !unicode.IsPrint(r):
		return -1
	}
	return r
}

func trim(name string) string { return strings.TrimRight(strings.TrimLeft(name, " ."), " .") }

// cut shortens a name, and keeps its extension and whole characters.
func cut(name string) string {
	ext := ""
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= maxExt {
		ext = name[i:]
	}
	end := maxName - len(ext)
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end] + ext
}

// devices are names that Windows reserves, with any extension.
var devices = map[string]bool{"CON": true, "PRN": true, "AUX": true, "NUL": true, "CONIN$": true, "CONOUT$": true, "CLOCK$": true}

func isDevice(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	if devices[stem] {
		return true
	}
	if port, ok := strings.CutPrefix(stem, "COM"); ok {
		return isPort(port)
	}
	port, ok := strings.CutPrefix(stem, "LPT")
	return ok && isPort(port)
}

// isPort reports whether s is a digit. Windows takes the superscripts ¹, ² and ³ for digits.
func isPort(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return n > 0 && n == len(s) && strings.ContainsRune("0123456789¹²³", r)
}

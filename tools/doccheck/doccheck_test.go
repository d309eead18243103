package main

import (
	"os"
	"strings"
	"testing"
)

// The tree in testdata holds one case of everything that is reported, and of
// everything that must not be.
func TestCheck(t *testing.T) {
	checked, problems, err := check("testdata/module", []string{"functional"})
	if err != nil {
		t.Fatal(err)
	}
	if checked != 4 {
		t.Errorf("looked at %d packages, want bare, clean, functional and portable", checked)
	}
	data, err := os.ReadFile("testdata/want.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(problems, "\n") + "\n"; got != string(data) {
		t.Errorf("got\n%s\nwant\n%s", got, data)
	}
}

// Without a strict package, functions need no example but nouns do.
func TestCheckExamples(t *testing.T) {
	_, problems, err := check("testdata/module", []string{"clean"})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(problems, "\n")
	for _, want := range []string{"func Function has no example", "type Par has no example"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "func Fold") {
		t.Errorf("an example is asked of a function in a package that is not strict:\n%s", got)
	}
}

func TestCheckErrors(t *testing.T) {
	if _, _, err := check("testdata/absent", nil); err == nil {
		t.Error("no error for a folder that does not exist")
	}
}

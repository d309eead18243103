package concurrent_test

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// Copying a primitive is a mistake that go vet finds, without being asked for more
// than it looks for anyway.
func TestCopiesAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("runs go vet")
	}
	const program = "./testdata/copied"
	source, err := os.ReadFile(program + "/main.go")
	if err != nil {
		t.Fatal(err)
	}
	said, err := exec.CommandContext(t.Context(), "go", "vet", program).CombinedOutput()
	if err == nil {
		t.Error("go vet found nothing")
	}
	for _, name := range regexp.MustCompile(`concurrent\.\w+`).FindAll(source, -1) {
		if found := regexp.MustCompile(`(?m)copies lock value to copied: \S*` + string(name) + `\b`); !found.Match(said) {
			t.Errorf("go vet does not see that a %s is copied", name)
		}
	}
	if n := bytes.Count(source, []byte("copied := v")); n < 18 {
		t.Errorf("only %d are copied", n)
	}
}

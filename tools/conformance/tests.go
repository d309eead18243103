package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// A result is how a test, or a sub-test, ended.
type result struct {
	pkg    string // its last element
	test   string // with slashes
	action string // pass, fail or skip
}

// runTests runs the conformance tests of the module in dir. A test that fails is a
// result; an error means that there are no results.
func runTests(dir string) ([]result, error) {
	cmd := exec.Command("go", append([]string{"test", "-json", "-run", "^TestConformance"}, packages...)...)
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	results, broken, err := parse(out)
	_, _ = io.Copy(io.Discard, out) // go test waits until its output is read
	failed := cmd.Wait()
	switch {
	case err != nil:
		return nil, err
	case len(broken) > 0:
		return nil, fmt.Errorf("no results of %s", strings.Join(broken, ", "))
	case failed != nil && !hasFailed(results):
		return nil, fmt.Errorf("go test: %w", failed)
	}
	return results, nil
}

// parse reads what go test -json prints. Broken are the packages that failed
// although none of their tests did: most likely they did not compile.
func parse(r io.Reader) (results []result, broken []string, err error) {
	blame := map[string]bool{}
	for d := json.NewDecoder(r); ; {
		var event struct{ Action, Package, Test string }
		err := d.Decode(&event)
		if errors.Is(err, io.EOF) {
			return results, broken, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("what go test prints: %w", err)
		}
		switch event.Action {
		case "pass", "fail", "skip":
		default:
			continue
		}
		pkg := event.Package[strings.LastIndexByte(event.Package, '/')+1:]
		if event.Test != "" {
			results = append(results, result{pkg, event.Test, event.Action})
			blame[pkg] = blame[pkg] || event.Action == "fail"
		} else if event.Action == "fail" && !blame[pkg] {
			broken = append(broken, pkg)
		}
	}
}

func hasFailed(results []result) bool {
	for _, r := range results {
		if r.action == "fail" {
			return true
		}
	}
	return false
}

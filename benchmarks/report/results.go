package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// results are all samples of one package, with the circumstances.
type results struct {
	Package   string `json:"package"`
	Date      string `json:"date"`
	CPU       string `json:"cpu"`
	Cores     int    `json:"cores"`
	Go        string `json:"go"`
	System    string `json:"system"`
	Commit    string `json:"commit"`
	Rounds    int    `json:"rounds"`
	Benchtime string `json:"benchtime"`
	// Cases are in the order in which the benchmarks are written.
	Cases []sampled `json:"cases"`
}

// sampled holds the values of a benchmark by unit, one for each round.
type sampled struct {
	Name    string               `json:"name"`
	Samples map[string][]float64 `json:"samples"`
}

func resultsFile(pkg string) string { return filepath.Join("results", flat(pkg)+".json") }

// flat is the name of a package as a part of a file's name.
func flat(pkg string) string { return strings.ReplaceAll(pkg, "/", "-") }

// add appends a round's values to the case they belong to.
func (r *results) add(l line) {
	s := r.samples(l.name)
	for unit, v := range l.values {
		s[unit] = append(s[unit], v)
	}
}

// samples returns the values of a case by unit, nil if it was not measured.
func (r *results) samples(c caseName) map[string][]float64 {
	name := c.String()
	for i := range r.Cases {
		if r.Cases[i].Name == name {
			return r.Cases[i].Samples
		}
	}
	return nil
}

// save writes r with a line for each case, so that a change is readable.
func (r *results) save(file string) error {
	head := *r
	head.Cases = []sampled{}
	b, err := json.Marshal(head)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	buf.Write(bytes.TrimSuffix(b, []byte("]}")))
	for i, c := range r.Cases {
		b, err := json.Marshal(c)
		if err != nil {
			return err
		}
		if i > 0 {
			buf.WriteByte(',')
		}
		buf.WriteByte('\n')
		buf.Write(b)
	}
	buf.WriteString("\n]}\n")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, buf.Bytes(), 0o644)
}

// load reads what save wrote.
func load(file string) (*results, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := new(results)
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, c := range r.Cases {
		for unit, v := range c.Samples {
			if len(v) != r.Rounds {
				return nil, fmt.Errorf("%s: %s has %d values of %s in %d rounds", file, c.Name, len(v), unit, r.Rounds)
			}
		}
	}
	return r, nil
}

package sample

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Results are all samples of one suite, with the circumstances.
type Results struct {
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
	Cases []Case `json:"cases"`
}

// A Case holds the values of a benchmark by unit, one for each round.
type Case struct {
	Name    string               `json:"name"`
	Samples map[string][]float64 `json:"samples"`
}

// Add appends a round's values to the case called n.
func (r *Results) Add(n Name, values map[string]float64) {
	s := r.Samples(n)
	for unit, v := range values {
		s[unit] = append(s[unit], v)
	}
}

// Samples returns the values of a case by unit, nil if it was not measured.
func (r *Results) Samples(n Name) map[string][]float64 {
	name := n.String()
	for i := range r.Cases {
		if r.Cases[i].Name == name {
			return r.Cases[i].Samples
		}
	}
	return nil
}

// Save writes r with a line for each case, so that a diff is readable.
func (r *Results) Save(file string) error {
	head := *r
	head.Cases = []Case{}
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

// Load reads what Save wrote.
func Load(file string) (*Results, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := new(Results)
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, c := range r.Cases {
		if _, err := ParseName(c.Name); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for unit, v := range c.Samples {
			if len(v) != r.Rounds {
				return nil, fmt.Errorf("%s: %s has %d values of %s in %d rounds", file, c.Name, len(v), unit, r.Rounds)
			}
		}
	}
	return r, nil
}

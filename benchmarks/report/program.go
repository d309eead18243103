package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/perf/benchfmt"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
	"github.com/fanfold/fanfold/benchmarks/report/suite"
)

// patience bounds one run of a program: a benchmark that hangs becomes an error.
const patience = 3 * time.Minute

// A program prints benchmark results when it is run.
type program struct {
	args []string
	dir  string
}

// A line is what a program printed about one benchmark: a value for each unit.
type line struct {
	name   sample.Name
	values map[string]float64
}

// programs builds s's benchmarks into dir and finds the scripts that can run.
func programs(ctx context.Context, s suite.Suite, dir string) ([]program, error) {
	bin := filepath.Join(dir, s.File()+".test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-o", bin, "./"+s.Pkg)
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("building the benchmarks: %w", err)
	}
	all := []program{{args: []string{bin, "-test.run=^$"}, dir: s.Pkg}}
	for _, sc := range s.Scripts {
		path, err := exec.LookPath(sc.Interpreter)
		if err != nil {
			fmt.Fprintf(os.Stderr, "report: %s is left out: %v\n", sc.File, err)
			continue
		}
		all = append(all, program{args: []string{path, sc.File}, dir: s.Pkg})
	}
	return all, nil
}

// run runs the benchmarks that pattern selects.
func (p program) run(ctx context.Context, pattern, benchtime string) (lines []line, cpu string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.args[0], p.args[1:]...)
	cmd.Args = append(cmd.Args, "-test.bench="+pattern, "-test.benchtime="+benchtime)
	cmd.Dir = p.dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, "", fmt.Errorf("%s: %w\n%s", cmd, err, out.Bytes())
	}
	return parse(&out, p.args[0])
}

// parse reads what benchmarks print. The processor's name is empty if they do
// not tell it.
func parse(r io.Reader, file string) (lines []line, cpu string, err error) {
	reader := benchfmt.NewReader(r, file)
	for reader.Scan() {
		switch rec := reader.Result().(type) {
		case *benchfmt.Result:
			name, err := sample.ParseName(string(rec.Name))
			if err != nil {
				return nil, "", err
			}
			l := line{name: name, values: map[string]float64{}}
			for _, v := range rec.Values {
				if v.OrigUnit != "" { // as printed: ns/op, not sec/op
					l.values[v.OrigUnit] = v.OrigValue
				} else {
					l.values[v.Unit] = v.Value
				}
			}
			lines = append(lines, l)
			cpu = rec.GetConfig("cpu")
		case *benchfmt.SyntaxError:
			return nil, "", rec
		}
	}
	return lines, cpu, reader.Err()
}

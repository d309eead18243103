package main

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/examples/logstats/accesslog"
)

// percentiles are the shares of requests that the report has a line for.
var percentiles = []float64{0.5, 0.9, 0.99, 0.999}

// report writes what is known.
func report(w io.Writer, s *accesslog.Stats, top int) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%d requests, %d hosts, %d paths, %d bytes sent, %d malformed lines\n",
		s.Requests, len(s.Hosts), len(s.Paths), s.Bytes, s.Malformed)
	for class, n := range s.Classes {
		if n > 0 {
			fmt.Fprintf(out, "%12d  %4.1f %%  answered %dxx\n", n, 100*float64(n)/float64(s.Requests), class)
		}
	}
	if s.Requests > 0 {
		quantiles(out, "bytes", &s.Sizes, func(n int64) string { return fmt.Sprint(n) })
	}
	if s.Durations.Count() > 0 {
		quantiles(out, "time", &s.Durations, func(n int64) string { return precise(time.Duration(n)).String() })
	}
	for _, hour := range s.Hours.Top(min(top, 1)) {
		fmt.Fprintf(out, "busiest hour: %s, %d requests\n", stdout.Name(hour.Name), hour.Count)
	}
	entries(out, "paths asked for most", s.Paths.Top(top))
	entries(out, "hosts asking most", s.Hosts.Top(top))
	return out.Flush()
}

// quantiles writes a line of percentiles.
func quantiles(w io.Writer, name string, h *accesslog.Histogram, format func(int64) string) {
	fmt.Fprintf(w, "%s:", name)
	for _, q := range percentiles {
		fmt.Fprintf(w, " %g %% ≤ %s,", 100*q, format(h.Quantile(q)))
	}
	fmt.Fprintf(w, " all ≤ %s\n", format(h.Max()))
}

// precise rounds d to about three digits.
func precise(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}

// entries writes names with their counts.
func entries(w io.Writer, name string, entries []accesslog.Entry) {
	if len(entries) > 0 {
		fmt.Fprintf(w, "%s:\n", name)
	}
	for _, e := range entries {
		fmt.Fprintf(w, "%12d  %s\n", e.Count, stdout.Name(e.Name))
	}
}

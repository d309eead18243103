"""What the programs that measure Python's processes have in common.

A program calls main with its cases: pairs of a name, as Go's benchmarks have it but
for the word Benchmark, and a function that takes a Timer and returns the number of
operations and what they cost by unit, as a step that Timer.repeat repeats does.
"""

import argparse
import re
import statistics
import time


class Timer:
    """Repeats a step until it has taken the benchmark's time."""

    def __init__(self, benchtime):
        number, unit = re.fullmatch(r"([\d.]+)(x|ms|us|s)", benchtime).groups()
        scale = {"x": 0.0, "us": 1e-6, "ms": 1e-3, "s": 1.0}
        self.seconds = float(number) * scale[unit]

    def repeat(self, step, ops=1, pids=(), size=0):
        """Measures a step of so many operations, each of so many bytes, and what the
        processors did for it in this process and in pids."""
        done, start, busy = 0, time.perf_counter(), spent(pids)
        while True:
            step()
            done += ops
            took = time.perf_counter() - start
            if took >= self.seconds:
                break
        values = {"ns/op": took / done * 1e9}
        if pids:
            values["cpu-ns/op"] = (spent(pids) - busy) / done * 1e9
        if size:
            values["MB/s"] = size * done / took / 1e6
        return done, values

    def collect(self, step, per=0):
        """Repeats a step that returns a time in seconds until the sum of these, each
        with so many seconds more, is the benchmark's, and returns their median and
        the longest."""
        times = []
        while not times or sum(times) + per * len(times) < self.seconds:
            times.append(step())
        return len(times), {
            "ns/op": statistics.median(times) * 1e9,
            "max-ns/op": max(times) * 1e9,
        }


def busy(pid):
    """Returns the seconds that processors have spent on a process, see
    clock_getcpuclockid(3)."""
    return time.clock_gettime(~pid << 3 | 2)


def spent(pids):
    return time.process_time() + sum(map(busy, pids)) if pids else 0.0


def memory(pid):
    """Returns the memory of a process by unit: all of it, and what it shares with
    nobody."""
    kb = {}
    with open(f"/proc/{pid}/smaps_rollup") as f:
        for line in f:
            fields = line.split()
            if fields[-1] == "kB":
                kb[fields[0]] = int(fields[1]) * 1024
    return {"worker-B": kb["Rss:"], "own-B": kb["Private_Clean:"] + kb["Private_Dirty:"]}


def spinning(pid):
    """Waits until a process has been busy for a millisecond."""
    idle = busy(pid)
    while busy(pid) < idle + 1e-3:
        time.sleep(1e-4)


def selects(pattern, name):
    """Matches as go test -bench does, element by element."""
    elements = ("Benchmark" + name).split("/")
    return all(re.search(p, e) for p, e in zip(pattern.split("/"), elements))


def main(cases):
    """Takes the two flags of a Go test binary that matter, and prints lines in the
    format of Go's benchmarks."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-test.bench", dest="bench", default=".")
    parser.add_argument("-test.benchtime", dest="benchtime", default="1s")
    flags = parser.parse_args()
    for name, measure in cases:
        if selects(flags.bench, name):
            ops, values = measure(Timer(flags.benchtime))
            metrics = "".join(f" {v:.1f} {unit}" for unit, v in values.items())
            print(f"Benchmark{name} {ops}{metrics}", flush=True)

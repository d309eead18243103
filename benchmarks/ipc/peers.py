"""Measures Python's process pools beside the Go benchmarks of this folder.

Takes the two flags of a Go test binary that matter, prints lines in the format
of Go's benchmarks:

    python3 peers.py -test.bench=Calls -test.benchtime=50ms
"""

import argparse
import concurrent.futures
import multiprocessing
import re
import time


def increment(n):
    return n + 1


class Timer:
    """Repeats a step until it has taken the benchmark's time."""

    def __init__(self, benchtime):
        number, unit = re.fullmatch(r"([\d.]+)(x|ms|us|s)", benchtime).groups()
        scale = {"x": 0.0, "us": 1e-6, "ms": 1e-3, "s": 1.0}
        self.seconds = float(number) * scale[unit]

    def ns_per_op(self, step, ops):
        """Returns the operations done and the time of each; step does ops."""
        done, start = 0, time.perf_counter()
        while True:
            step()
            done += ops
            took = time.perf_counter() - start
            if took >= self.seconds:
                return done, took / done * 1e9


def pool_spawn(method):
    context = multiprocessing.get_context(method)

    def step():
        pool = context.Pool(1)
        assert pool.apply(increment, (41,)) == 42
        pool.close()
        pool.join()

    return lambda timer: timer.ns_per_op(step, 1)


def executor_spawn():
    def step():
        with concurrent.futures.ProcessPoolExecutor(1) as executor:
            assert executor.submit(increment, 41).result() == 42

    return lambda timer: timer.ns_per_op(step, 1)


def with_pool(workers, step_of, ops):
    def run(timer):
        with multiprocessing.Pool(workers) as pool:
            step = step_of(pool)
            step()
            return timer.ns_per_op(step, ops)

    return run


def with_executor(workers, step_of, ops):
    def run(timer):
        with concurrent.futures.ProcessPoolExecutor(workers) as executor:
            step = step_of(executor)
            step()
            return timer.ns_per_op(step, ops)

    return run


def cases():
    """Yields the name of each case and the function that measures it."""
    for method in ("fork", "forkserver", "spawn"):
        yield f"Spawn/impl=python-Pool-{method}", pool_spawn(method)
    yield "Spawn/impl=python-ProcessPoolExecutor", executor_spawn()

    yield "Apply/impl=python-Pool", with_pool(
        1, lambda pool: lambda: pool.apply(increment, (1,)), 1
    )
    yield "Apply/impl=python-ProcessPoolExecutor", with_executor(
        1, lambda executor: lambda: executor.submit(increment, 1).result(), 1
    )

    # map with chunks of one puts all its tasks in flight: at least as many as
    # the name says, which is in Python's favour.
    workers = multiprocessing.cpu_count()
    for inflight in (64, 256):
        tasks = range(4 * inflight)
        yield f"Calls/impl=python-Pool.map/inflight={inflight}", with_pool(
            workers,
            lambda pool, tasks=tasks: lambda: pool.map(increment, tasks, 1),
            len(tasks),
        )
        yield f"Calls/impl=python-ProcessPoolExecutor.map/inflight={inflight}", with_executor(
            workers,
            lambda executor, tasks=tasks: lambda: list(executor.map(increment, tasks)),
            len(tasks),
        )

    # The default size of Pool.map's chunks depends on the length alone, so it
    # is measured beside every size.
    items, fewer = range(1 << 16), range(1 << 12)
    for chunk in (16, 64, 256):
        yield f"Chunks/impl=python-Pool.map/chunk={chunk}", with_pool(
            workers,
            lambda pool, chunk=chunk: lambda: pool.map(increment, items, chunk),
            len(items),
        )
        yield f"Chunks/impl=python-Pool.map-default/chunk={chunk}", with_pool(
            workers, lambda pool: lambda: pool.map(increment, items), len(items)
        )
        yield f"Chunks/impl=python-ProcessPoolExecutor.map/chunk={chunk}", with_executor(
            workers,
            lambda executor, chunk=chunk: lambda: list(
                executor.map(increment, fewer, chunksize=chunk)
            ),
            len(fewer),
        )


def selects(pattern, name):
    """Matches as go test -bench does, element by element."""
    elements = ("Benchmark" + name).split("/")
    return all(re.search(p, e) for p, e in zip(pattern.split("/"), elements))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-test.bench", dest="bench", default=".")
    parser.add_argument("-test.benchtime", dest="benchtime", default="1s")
    flags = parser.parse_args()
    for name, measure in cases():
        if selects(flags.bench, name):
            ops, ns = measure(Timer(flags.benchtime))
            print(f"Benchmark{name} {ops} {ns:.1f} ns/op", flush=True)


if __name__ == "__main__":
    main()

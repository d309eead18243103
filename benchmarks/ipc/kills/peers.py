"""Measures how Python's workers end beside the Go benchmarks of this folder.

python3 peers.py -test.bench=Kill -test.benchtime=50ms
"""

import concurrent.futures
import multiprocessing
import os
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import bench

PATIENCE = 20


def increment(n):
    return n + 1


def spin():
    while True:
        pass


def answered(executor):
    assert executor.submit(increment, 41).result(PATIENCE) == 42
    return executor


def killed(until_answer):
    """Returns a step that kills the one process of an executor, which breaks it: the
    caller makes another one."""

    def step():
        executor = answered(concurrent.futures.ProcessPoolExecutor(1))
        try:
            (pid,) = executor._processes
            future = executor.submit(spin)
            bench.spinning(pid)
            start = time.perf_counter()
            os.kill(pid, signal.SIGKILL)
            error = future.exception(PATIENCE)
            took = time.perf_counter() - start
            assert isinstance(error, concurrent.futures.process.BrokenProcessPool)
            if until_answer:
                executor.shutdown(wait=False)
                executor = answered(concurrent.futures.ProcessPoolExecutor(1))
                took = time.perf_counter() - start
            return took
        finally:
            executor.shutdown()

    return lambda timer: timer.collect(step)


def overrun(after):
    """Returns a step that gives up a call after so many seconds, and ends its pool,
    which is the only way to end the call."""

    def step():
        pool = multiprocessing.Pool(1)
        assert pool.apply(increment, (41,)) == 42
        deadline = time.perf_counter() + after
        result = pool.apply_async(spin)
        try:
            result.get(after)
        except multiprocessing.TimeoutError:
            pool.terminate()
            pool.join()
            return time.perf_counter() - deadline
        raise AssertionError("the endless function has returned")

    return lambda timer: timer.collect(step, per=after)


def cases():
    """Yields the name of each case and the function that measures it."""
    for until in ("error", "answer"):
        yield f"Kill/until={until}/impl=python-ProcessPoolExecutor", killed(until == "answer")
    for after in (10, 100):
        yield f"Deadline/after={after}ms/impl=python-Pool.terminate", overrun(after / 1e3)


if __name__ == "__main__":
    bench.main(cases())

"""Measures how Python's process pools start beside the Go benchmarks of this folder.

python3 peers.py -test.bench=Start -test.benchtime=50ms
"""

import concurrent.futures
import multiprocessing
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import bench


def increment(n):
    return n + 1


def pool_start(method):
    context = multiprocessing.get_context(method)

    def step():
        pool = context.Pool(1)
        assert pool.apply(increment, (41,)) == 42
        pool.close()
        pool.join()

    return lambda timer: timer.repeat(step)


def executor_start():
    def step():
        with concurrent.futures.ProcessPoolExecutor(1) as executor:
            assert executor.submit(increment, 41).result() == 42

    return lambda timer: timer.repeat(step)


def cases():
    """Yields the name of each case and the function that measures it."""
    for method in ("fork", "forkserver", "spawn"):
        yield f"Start/impl=python-Pool-{method}", pool_start(method)
    yield "Start/impl=python-ProcessPoolExecutor", executor_start()


if __name__ == "__main__":
    bench.main(cases())

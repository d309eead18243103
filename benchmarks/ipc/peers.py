"""Measures Python's process pools beside the Go benchmarks of this folder.

python3 peers.py -test.bench=Calls -test.benchtime=50ms
"""

import collections
import concurrent.futures
import multiprocessing

import bench


def increment(n):
    return n + 1


def with_pool(workers, step_of, ops=1, memory=False):
    def run(timer):
        with multiprocessing.Pool(workers) as pool:
            return measure(timer, step_of(pool), ops, pool._pool, memory)

    return run


def with_executor(workers, step_of, ops=1, memory=False):
    def run(timer):
        with concurrent.futures.ProcessPoolExecutor(workers) as executor:
            return measure(timer, step_of(executor), ops, executor._processes.values, memory)

    return run


def measure(timer, step, ops, processes, memory):
    """Measures a step after it was done once, which starts what is not there yet."""
    step()
    pids = [p.pid for p in (processes() if callable(processes) else processes)]
    done, values = timer.repeat(step, ops, pids)
    if memory:
        values.update(bench.memory(pids[0]))
    return done, values


def window(inflight, tasks, submit, result):
    """Returns a step that has so many of the tasks in flight."""

    def step():
        waiting = collections.deque()
        for n in tasks:
            if len(waiting) == inflight:
                result(waiting.popleft())
            waiting.append(submit(n))
        while waiting:
            result(waiting.popleft())

    return step


def cases():
    """Yields the name of each case and the function that measures it."""
    yield "Apply/impl=python-Pool", with_pool(
        1, lambda pool: lambda: pool.apply(increment, (1,)), memory=True
    )
    yield "Apply/impl=python-ProcessPoolExecutor", with_executor(
        1, lambda executor: lambda: executor.submit(increment, 1).result(), memory=True
    )

    # map and imap with chunks of one put all their tasks in flight: at least as many
    # as the name says, which is in Python's favour.
    workers = multiprocessing.cpu_count()
    for inflight in (64, 256):
        tasks = range(4 * inflight)
        yield f"Calls/impl=python-Pool.map/inflight={inflight}", with_pool(
            workers,
            lambda pool, tasks=tasks: lambda: pool.map(increment, tasks, 1),
            len(tasks),
        )
        yield f"Calls/impl=python-Pool.imap/inflight={inflight}", with_pool(
            workers,
            lambda pool, tasks=tasks: lambda: list(pool.imap(increment, tasks, 1)),
            len(tasks),
        )
        yield f"Calls/impl=python-ProcessPoolExecutor.map/inflight={inflight}", with_executor(
            workers,
            lambda executor, tasks=tasks: lambda: list(executor.map(increment, tasks)),
            len(tasks),
        )

    for inflight in (1, 64, 256):
        tasks = range(4 * max(inflight, 16))
        yield f"Calls/impl=python-ProcessPoolExecutor.submit/inflight={inflight}", with_executor(
            workers,
            lambda executor, tasks=tasks, inflight=inflight: window(
                inflight, tasks, lambda n: executor.submit(increment, n), lambda f: f.result()
            ),
            len(tasks),
        )

    tasks = range(1024)
    for n in (1, 2, 4):
        yield f"Width/impl=python-Pool.map/workers={n}", with_pool(
            n, lambda pool: lambda: pool.map(increment, tasks, 1), len(tasks)
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
        yield f"Chunks/impl=python-Pool.imap/chunk={chunk}", with_pool(
            workers,
            lambda pool, chunk=chunk: lambda: list(pool.imap(increment, items, chunk)),
            len(items),
        )
        yield f"Chunks/impl=python-ProcessPoolExecutor.map/chunk={chunk}", with_executor(
            workers,
            lambda executor, chunk=chunk: lambda: list(
                executor.map(increment, fewer, chunksize=chunk)
            ),
            len(fewer),
        )


if __name__ == "__main__":
    bench.main(cases())

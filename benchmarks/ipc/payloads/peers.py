"""Measures what goes through Python's processes beside the Go benchmarks of this folder.

python3 peers.py -test.bench=Echo -test.benchtime=50ms
"""

import concurrent.futures
import multiprocessing
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import bench

SIZES = {"64B": 64, "4KiB": 4 << 10, "64KiB": 64 << 10, "1MiB": 1 << 20, "16MiB": 16 << 20}


def echo(data):
    return data


def pool_echo(size):
    data = b"fanfold." * (size // 8)

    def run(timer):
        with multiprocessing.Pool(1) as pool:
            assert pool.apply(echo, (data,)) == data
            return timer.repeat(
                lambda: pool.apply(echo, (data,)), pids=[p.pid for p in pool._pool], size=size
            )

    return run


def executor_echo(size):
    data = b"fanfold." * (size // 8)

    def run(timer):
        with concurrent.futures.ProcessPoolExecutor(1) as executor:
            assert executor.submit(echo, data).result() == data
            return timer.repeat(
                lambda: executor.submit(echo, data).result(),
                pids=list(executor._processes),
                size=size,
            )

    return run


def serve(connection):
    while True:
        connection.send_bytes(connection.recv_bytes())


def pipe_echo(size):
    """A process that returns what it gets through a Pipe, without a pool."""
    data = b"fanfold." * (size // 8)

    def run(timer):
        here, there = multiprocessing.Pipe()
        process = multiprocessing.Process(target=serve, args=(there,), daemon=True)
        process.start()

        def step():
            here.send_bytes(data)
            assert len(here.recv_bytes()) == size

        step()
        result = timer.repeat(step, pids=[process.pid], size=size)
        process.kill()
        process.join()
        return result

    return run


def send(connection, size):
    data = bytes(size)
    while True:
        connection.send_bytes(data)


def receive(size, duplex):
    def run(timer):
        here, there = multiprocessing.Pipe(duplex)
        process = multiprocessing.Process(target=send, args=(there, size), daemon=True)
        process.start()
        there.close()
        few = 16 if size < 1 << 20 else 1

        def step():
            for _ in range(few):
                assert len(here.recv_bytes()) == size

        step()
        result = timer.repeat(step, few, size=size)
        process.kill()
        process.join()
        return result

    return run


def mark(record):
    return bytes((record[0] + 1,)) + record[1:]


def records(chunk):
    items = [bytes(64)] * (1 << 14 if chunk > 1 else 1 << 10)

    def run(timer):
        with multiprocessing.Pool() as pool:
            pool.map(mark, items[:256], chunk)
            return timer.repeat(lambda: pool.map(mark, items, chunk), len(items))

    return run


def cases():
    """Yields the name of each case and the function that measures it."""
    for name, size in SIZES.items():
        yield f"Echo/size={name}/impl=python-Pipe", pipe_echo(size)
        yield f"Echo/size={name}/impl=python-Pool", pool_echo(size)
        yield f"Echo/size={name}/impl=python-ProcessPoolExecutor", executor_echo(size)
    for chunk in (1, 16, 100):
        yield f"Records/chunk={chunk}/impl=python-Pool.map", records(chunk)
    for name, size in SIZES.items():
        yield f"Send/size={name}/impl=python-Pipe", receive(size, True)
        yield f"Send/size={name}/impl=python-OneWayPipe", receive(size, False)


if __name__ == "__main__":
    bench.main(cases())

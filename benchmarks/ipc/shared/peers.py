"""Measures Python's locks, queues and values beside the Go benchmarks of this folder.

python3 peers.py -test.bench=Lock -test.benchtime=50ms
"""

import multiprocessing
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import bench

FEW = 1000


def beside(target, *args):
    """Starts a process that is killed with this one."""
    process = multiprocessing.Process(target=target, args=args, daemon=True)
    process.start()
    return process


def end(process):
    process.kill()
    process.join()


def take(lock, n=FEW):
    for _ in range(n):
        lock.acquire()
        lock.release()


def lock(timer):
    one = multiprocessing.Lock()
    return timer.repeat(lambda: take(one), FEW)


def rival(lock, taken):
    while True:
        take(lock, 100)
        taken.value += 100


def lock_of_two(timer):
    """Two processes: an operation is one of either."""
    one, taken = multiprocessing.Lock(), multiprocessing.RawValue("q", 0)
    process = beside(rival, one, taken)
    while taken.value == 0:
        pass
    begun, start, mine = taken.value, time.perf_counter(), 0
    while time.perf_counter() - start < timer.seconds or mine == 0:
        take(one, 100)
        mine += 100
    took, all = time.perf_counter() - start, mine + taken.value - begun
    end(process)
    return all, {"ns/op": took / all * 1e9}


def there_and_back(make, ask, answer):
    """make returns the two things; ask and answer run in one process each."""

    def run(timer):
        there, back = make()
        process = beside(forever, answer, there, back)
        ask(there, back)
        result = timer.repeat(lambda: ask(there, back))
        end(process)
        return result

    return run


def forever(step, *args):
    while True:
        step(*args)


def ask_event(there, back):
    there.set()
    back.wait()
    back.clear()


def answer_event(there, back):
    there.wait()
    there.clear()
    back.set()


def ask_semaphore(there, back):
    there.release()
    back.acquire()


def answer_semaphore(there, back):
    there.acquire()
    back.release()


def turns():
    return multiprocessing.Condition(), multiprocessing.RawValue("q", 0)


def ask_condition(condition, turn):
    with condition:
        turn.value = 1
        condition.notify()
        condition.wait_for(lambda: turn.value == 0)


def answer_condition(condition, turn):
    with condition:
        condition.wait_for(lambda: turn.value == 1)
        turn.value = 0
        condition.notify()


def put(queue, size):
    data = bytes(size)
    while True:
        queue.put(data)


def queue(make, size):
    few = 64 if size < 1 << 20 else 1

    def run(timer):
        q = make()
        process = beside(put, q, size)
        q.get()

        def step():
            for _ in range(few):
                q.get()

        done, values = timer.repeat(step, few, size=size)
        end(process)
        values["items/s"] = 1e9 / values["ns/op"]
        return done, values

    return run


def add(timer):
    number = multiprocessing.Value("q", 0)

    def step():
        for _ in range(FEW):
            with number.get_lock():
                number.value += 1

    return timer.repeat(step, FEW)


def load(timer):
    value = multiprocessing.Array("q", 8)

    def step():
        for _ in range(FEW):
            value[:]

    return timer.repeat(step, FEW)


def cases():
    """Yields the name of each case and the function that measures it."""
    two_events = lambda: (multiprocessing.Event(), multiprocessing.Event())
    two_semaphores = lambda: (multiprocessing.Semaphore(0), multiprocessing.Semaphore(0))
    bounded = lambda: multiprocessing.Queue(1024)
    yield "Lock/impl=python-Lock", lock
    yield "LockOfTwo/impl=python-Lock", lock_of_two
    yield "ThereAndBack/impl=python-Event", there_and_back(two_events, ask_event, answer_event)
    yield "ThereAndBack/impl=python-Semaphore", there_and_back(
        two_semaphores, ask_semaphore, answer_semaphore
    )
    yield "ThereAndBack/impl=python-Condition", there_and_back(
        turns, ask_condition, answer_condition
    )
    yield "Queue/size=64B/impl=python-Queue", queue(bounded, 64)
    yield "Queue/size=64B/impl=python-SimpleQueue", queue(multiprocessing.SimpleQueue, 64)
    yield "Queue/size=1MiB/impl=python-Queue", queue(lambda: multiprocessing.Queue(8), 1 << 20)
    yield "Load/impl=python-Array", load
    yield "Add/impl=python-Value", add


if __name__ == "__main__":
    bench.main(cases())

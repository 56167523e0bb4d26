"""Planets in parallel, one level of processes; numerical libraries use one thread in each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS")
TICK_S = 0.2


def worker_count(workers: int) -> int:
    """Return the number of processes meant by the configuration: 0 is one per core this process may use."""
    if workers > 0:
        return workers
    # Not every system tells which cores a process may use.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_unordered(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int = 1, *, tick: Callable[[], None] | None = None
) -> Iterator[tuple[Item, Result | BaseException]]:
    """Yield (item, result) as results come; where `function` raised, the exception takes the result's place.

    Args:
        function: Called with one item; for more than one worker it must be importable (module level or a partial of such).
        items: Arguments, small and picklable.
        workers: Processes; 0 is one per core. 1 runs in this process, where nothing is pickled.
        tick: Called in this process several times a second while others work, such as to show how far they are.

    An Exception of one item never stops the others. A worker that dies (out of memory) breaks its pool: what was
    not finished then runs again one process at a time, so that only the guilty item gets the BrokenProcessPool.
    """
    count = min(worker_count(workers), len(items))
    if count <= 1:
        for item in items:
            yield item, _call(function, item)
        return
    finished: set[int] = set()
    for index, result in _run_pool(function, items, range(len(items)), count, tick):
        if not isinstance(result, BrokenProcessPool):
            finished.add(index)
            yield items[index], result
    for index in range(len(items)):
        if index not in finished:
            yield from ((items[index], result) for _, result in _run_pool(function, items, [index], 1, tick))


def _call(function: Callable[[Item], Result], item: Item) -> Result | Exception:
    try:
        return function(item)
    except Exception as error:
        return error


def _run_pool(
    function: Callable[[Item], Result], items: Sequence[Item], indices: Sequence[int], workers: int, tick: Callable[[], None] | None
) -> Iterator[tuple[int, Result | BaseException]]:
    """Yield (index, result or exception) from one pool; leaving early stops its processes at once."""
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker)
    complete = False
    try:
        with _one_thread_each():
            futures: dict[Future[Result], int] = {pool.submit(function, items[index]): index for index in indices}
            while futures:
                done, _ = wait(futures, timeout=None if tick is None else TICK_S, return_when=FIRST_COMPLETED)
                if tick is not None:
                    tick()
                for future in done:
                    error = future.exception()
                    yield futures.pop(future), future.result() if error is None else error
        complete = True
    finally:
        pool.shutdown(wait=complete, cancel_futures=True)
        if not complete:
            for process in multiprocessing.active_children():
                process.terminate()


def follows_another_process() -> bool:
    """Tell whether `torchrun` started this process beside others on one task, and not as the first of them."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1 and os.environ.get("RANK", "0") != "0"


def limit_library_threads() -> None:
    """Let numerical libraries that are loaded from now on use one thread, unless the user has set another number.

    The matrices here are small: threads of one process fight over them, and a fit takes many times longer.
    """
    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, "1")


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Children read these variables when they load their libraries; in this process the libraries are loaded already."""
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _start_worker() -> None:
    """Leave interrupts to the parent, and never outlive it, however it ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

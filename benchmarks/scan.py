"""Speed of the selective scan as ratios within one run: against its readable twin and a public parallel scan; time and memory by length.

Forward and backward in float32, the ratios with two threads, the growth with one. Times are the least of several calls: two threads that
wait for each other on a busy machine can take ten times that. The public scan is mambapy's (extra `bench`), with the same number of
channels and states and a decay for each of them instead of one per head. Run: make bench
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from spectramind.models.scan import chunked_scan, scan_reference

BATCH, LENGTH, CHANNELS, STATE = 8, 2048, 128, 16
HEAD_WIDTH, CHUNK = 64, 64
# Few enough that the allocator still keeps the largest tensors: fresh pages from the system would cost more than the scan.
GROWTH_BATCH = 2
LENGTHS = (256, 512, 1024, 2048, 4096, 8192)
THREADS, ROUNDS = 2, 7
MIB = 2**20 if sys.platform == "darwin" else 2**10


def drawn(*shape: int) -> Tensor:
    """Return normal numbers."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def arguments(length: int, heads: int, rate: Tensor, *, batch: int = BATCH) -> list[Tensor]:
    """Return inputs, steps, rates, writes and reads that ask for gradients."""
    inputs, step = drawn(batch, length, heads, CHANNELS // heads), functional.softplus(drawn(batch, length, heads) - 3.0)
    return [values.requires_grad_() for values in (inputs, step, rate, drawn(batch, length, STATE), drawn(batch, length, STATE))]


def ours(length: int, *, batch: int = BATCH) -> Callable[[], None]:
    """Return one forward and backward pass of the chunked scan."""
    given = arguments(length, CHANNELS // HEAD_WIDTH, -1.0 - drawn(CHANNELS // HEAD_WIDTH).abs(), batch=batch)
    return lambda: chunked_scan(*given, chunk=CHUNK).sum().backward()  # type: ignore[no-untyped-call]


def twin(length: int) -> Callable[[], None]:
    """Return one of the loop over samples."""
    given = arguments(length, CHANNELS // HEAD_WIDTH, -1.0 - drawn(CHANNELS // HEAD_WIDTH).abs())
    return lambda: scan_reference(*given).sum().backward()  # type: ignore[no-untyped-call]


def public(length: int) -> Callable[[], None] | None:
    """Return one of mambapy's parallel scan, None where it is not installed."""
    try:
        from mambapy.pscan import pscan
    except ImportError:
        return None
    inputs, step, rate, write, read = arguments(length, CHANNELS, -1.0 - drawn(CHANNELS, STATE).abs())

    def work() -> None:
        decay = (step[..., None] * rate).exp()
        states = pscan(decay, step[..., None] * write[:, :, None] * inputs)
        (states @ read[..., None]).sum().backward()

    return work


def seconds_of(works: list[Callable[[], None]]) -> list[float]:
    """Return the least time of each, called in turns after a call that is not counted."""
    seconds: list[list[float]] = [[] for _ in works]
    for work in works:
        work()
    for _ in range(ROUNDS):
        for work, taken in zip(works, seconds, strict=True):
            started = time.perf_counter()
            work()
            taken.append(time.perf_counter() - started)
    return [min(taken) for taken in seconds]


def cost(length: int) -> tuple[float, float]:
    """Return the seconds of one pass and the MiB by which this process, a new one, has grown at its peak."""
    torch.set_num_threads(1)
    ours(CHUNK, batch=GROWTH_BATCH)()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (seconds,) = seconds_of([ours(length, batch=GROWTH_BATCH)])
    return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / MIB


def main() -> None:
    """Print the growth with length, then the ratios."""
    torch.set_num_threads(THREADS)
    print(f"| B={GROWTH_BATCH} D={CHANNELS} N={STATE}, length | s | peak MiB |\n|---|---|---|")
    # a process for each length: the peak of a process never falls
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        costs = [pool.apply(cost, (length,)) for length in LENGTHS]
    for length, (taken, peak) in zip(LENGTHS, costs, strict=True):
        print(f"| {length} | {taken:.4f} | {peak:.0f} |")
    exponents = np.polyfit(np.log(LENGTHS), np.log(np.array(costs)), 1)[0]
    print(f"| exponent | {exponents[0]:.2f} | {exponents[1]:.2f} |\n")

    works = {"chunked scan": ours(LENGTH), "loop over samples": twin(LENGTH)}
    other = public(LENGTH)
    if other is None:
        print("mambapy is not installed (extra `bench`): no comparison with its parallel scan\n")
    else:
        works["mambapy's parallel scan"] = other
    seconds = dict(zip(works, seconds_of(list(works.values())), strict=True))
    print(f"| B={BATCH} L={LENGTH} D={CHANNELS} N={STATE} | s | / chunked scan |\n|---|---|---|")
    for name, taken in seconds.items():
        print(f"| {name} | {taken:.3f} | {taken / seconds['chunked scan']:.1f} |")


if __name__ == "__main__":
    main()

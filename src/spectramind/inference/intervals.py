"""submission_intervals.csv: where the true depths are expected, planet by planet; an output of its own beside mu and sigma.

sigma is what the official score asks for, a standard deviation. An interval is what a reader asks for: it covers 1 - alpha of the
truths. The two are fitted by different rules, so an interval is no multiple of the sigma in the submission.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import ArrayLike

from spectramind.evaluation.submission_table import ID_COLUMN
from spectramind.inference.submission import NUMBER_FORMAT
from spectramind.utils.artifacts import atomic_path

INTERVALS_NAME = "submission_intervals.csv"


class IntervalWriter:
    """Appends rows to an open file; see `writing_intervals`."""

    def __init__(self, stream: TextIO, bins: int) -> None:
        self._stream, self._bins = stream, bins

    def write(self, planet_id: str, mu: ArrayLike, half_width: ArrayLike) -> None:
        """Write the interval mu +- half width of one planet and flush; no depth is below zero, so no lower end is.

        Args:
            planet_id: Canonical decimal id.
            mu: (bin,) depths, FGS1 first.
            half_width: (bin,) half widths.

        Raises:
            ValueError: Not one value a bin, or an end that is not finite.
        """
        centre, half = np.asarray(mu, dtype=np.float64), np.asarray(half_width, dtype=np.float64)
        if not centre.shape == half.shape == (self._bins,):
            raise ValueError(f"mu and half width of planet {planet_id} must have shape ({self._bins},), not {centre.shape}, {half.shape}")
        ends = np.concatenate([np.maximum(centre - half, 0.0), centre + half])
        if not np.isfinite(ends).all():
            raise ValueError(f"the interval of planet {planet_id} is not finite")
        self._stream.write(",".join([planet_id, *(format(value, NUMBER_FORMAT) for value in ends.tolist())]) + "\n")
        self._stream.flush()


@contextmanager
def writing_intervals(path: Path, bins: int) -> Iterator[IntervalWriter]:
    """Open a file of intervals for writing; it gets its name when the block ends, and an earlier one stays when it fails.

    Args:
        path: File with the columns planet_id, lower_0.., upper_0...
        bins: Bins of a spectrum.
    """
    columns = [ID_COLUMN, *(f"{end}_{place}" for end in ("lower", "upper") for place in range(bins))]
    with atomic_path(path) as temporary, temporary.open("w", encoding="ascii", newline="\n") as stream:
        stream.write(",".join(columns) + "\n")
        yield IntervalWriter(stream, bins)

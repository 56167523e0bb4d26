"""Write a submission planet by planet; it gets its name only when it is whole and keeps its contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import ArrayLike

from spectramind.evaluation.submission_table import kaggle_columns, spectramind_columns
from spectramind.inference.schema_check import SUBMISSION_SCHEMA, SubmissionContract, check_submission
from spectramind.utils.artifacts import atomic_path
from spectramind.utils.locations import schema_directory

NUMBER_FORMAT = ".10g"  # 1e-12 of a depth of 0.01: far below any sigma, and the same text on every machine


class SubmissionWriter:
    """Appends rows to open files; see `writing_submission`."""

    def __init__(self, streams: Sequence[TextIO], bins: int) -> None:
        self._streams = streams
        self._bins = bins

    def write(self, planet_id: str, mu: ArrayLike, sigma: ArrayLike) -> None:
        """Write one planet to every file and flush.

        Args:
            planet_id: Canonical decimal id.
            mu: (bin,) depths, FGS1 first.
            sigma: (bin,) standard deviations.

        Raises:
            ValueError: Not one value a bin.
        """
        values = np.stack([np.asarray(mu, dtype=np.float64), np.asarray(sigma, dtype=np.float64)])
        if values.shape != (2, self._bins):
            raise ValueError(f"mu and sigma of planet {planet_id} must have shape ({self._bins},), not {values.shape[1:]}")
        row = ",".join([planet_id, *(format(value, NUMBER_FORMAT) for value in values.ravel().tolist())]) + "\n"
        for stream in self._streams:
            stream.write(row)
            stream.flush()


@contextmanager
def writing_submission(path: Path, *, expected_ids: Sequence[str], kaggle_path: Path | None = None) -> Iterator[SubmissionWriter]:
    """Open a submission for writing; when the block ends, check it against the schema and give it its name.

    Args:
        path: Submission in this project's columns.
        expected_ids: Canonical ids of all planets it must hold, each once.
        kaggle_path: The same rows in the competition's columns.

    Raises:
        SchemaViolation: What was written breaks the contract; an earlier file at `path` stays as it was.
    """
    contract = SubmissionContract.read(schema_directory() / SUBMISSION_SCHEMA)
    forms = [(path, spectramind_columns(contract.bins))]
    if kaggle_path is not None:
        forms.append((kaggle_path, kaggle_columns(contract.bins)))
    with ExitStack() as files:
        temporaries = [files.enter_context(atomic_path(target)) for target, _ in forms]
        with ExitStack() as opened:
            streams = [opened.enter_context(temporary.open("w", encoding="ascii", newline="\n")) for temporary in temporaries]
            for stream, (_, columns) in zip(streams, forms, strict=True):
                stream.write(",".join(columns) + "\n")
            yield SubmissionWriter(streams, contract.bins)
        check_submission(temporaries[0], contract, expected_ids, name=path)


def validate_submission(path: Path, schema_path: Path, expected_ids: Sequence[str] | None = None) -> None:
    """Check a submission file against its schema.

    Args:
        path: Submission in this project's columns.
        schema_path: submission.schema.json.
        expected_ids: Canonical ids of the planets it must hold; None accepts any.

    Raises:
        SchemaViolation: Names the line and column of the first breach found.
        InputDataError: The file cannot be opened.
    """
    check_submission(path, SubmissionContract.read(schema_path), expected_ids, name=path)

"""The contract of a submission and the check of a file against it; `python -m spectramind.inference.schema_check FILE`."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectramind.evaluation.submission_table import (
    ID_COLUMN,
    SubmissionTable,
    read_submission,
    require_planets,
    spectramind_columns,
    violation,
)
from spectramind.utils.errors import SchemaViolation, SpectraMindError, UsageError
from spectramind.utils.locations import schema_directory
from spectramind.utils.schemas import read_schema_file

SUBMISSION_SCHEMA = "submission.schema.json"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """A number must lie above `above` and not above `at_most`."""

    above: float
    at_most: float

    def breached(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return where the values break the limits."""
        return ~((values > self.above) & (values <= self.at_most))

    def __str__(self) -> str:
        return f"above {self.above:g} and not above {self.at_most:g}"


@dataclass(frozen=True, kw_only=True)
class SubmissionContract:
    """What submission.schema.json says, in the form that checks whole columns at once."""

    bins: int
    planet_id: re.Pattern[str]
    mu: Limits
    sigma: Limits

    @classmethod
    def read(cls, schema_path: Path) -> SubmissionContract:
        """Read the contract; raises SchemaViolation where the schema is not what this code understands."""
        schema = read_schema_file(schema_path)
        try:
            limits = {
                name: Limits(above=float(part["exclusiveMinimum"]), at_most=float(part["maximum"]))
                for name, part in schema["$defs"].items()
            }
            return cls(
                bins=(int(schema["minProperties"]) - 1) // 2,
                planet_id=re.compile(schema["properties"][ID_COLUMN]["pattern"]),
                mu=limits["mu"],
                sigma=limits["sigma"],
            )
        except KeyError as error:
            raise SchemaViolation(
                f"The submission schema lacks {error}.", where=str(schema_path), hint="restore it: git checkout -- schemas"
            ) from error


def check_submission(path: Path, contract: SubmissionContract, expected_ids: Sequence[str] | None, *, name: Path) -> None:
    """Check the submission at `path`, called `name` in messages; raises SchemaViolation with line and column."""
    table = read_submission(path, name=name)
    if table.columns != spectramind_columns(contract.bins):
        wanted = f"planet_id, mu_0 .. mu_{contract.bins - 1}, sigma_0 .. sigma_{contract.bins - 1}"
        received = f"{len(table.columns)} columns, {table.columns[1]} first"
        raise violation(f"The columns must be {wanted}.", name, line=1, received=received)
    for line, written in zip(table.lines, table.written_ids, strict=True):
        if contract.planet_id.fullmatch(written) is None:
            raise violation(f"A planet id must match {contract.planet_id.pattern}.", name, line=line, column=ID_COLUMN, received=written)
    for quantity, values, limits in (("mu", table.mu, contract.mu), ("sigma", table.sigma, contract.sigma)):
        _check_limits(table, quantity, values, limits, name)
    if expected_ids is not None:
        require_planets(table.planet_ids, tuple(expected_ids), name)


def _check_limits(table: SubmissionTable, quantity: str, values: NDArray[np.float64], limits: Limits, name: Path) -> None:
    rows, columns = np.nonzero(limits.breached(values))
    if rows.size:
        row, column = int(rows[0]), int(columns[0])
        what = f"{quantity} must be {limits}; {rows.size} of {values.size} are not."
        raise violation(what, name, line=table.lines[row], column=f"{quantity}_{column}", received=values[row, column])


def main(arguments: Sequence[str]) -> int:
    """Check the files named; print what is wrong to stderr and return the exit code of the first bad one."""
    try:
        if not arguments:
            raise UsageError("No file is named.", hint="python -m spectramind.inference.schema_check FILE")
        contract = SubmissionContract.read(schema_directory() / SUBMISSION_SCHEMA)
        for argument in arguments:
            check_submission(Path(argument), contract, None, name=Path(argument))
    except SpectraMindError as error:
        sys.stderr.write(f"{error}\n")
        return int(error.exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

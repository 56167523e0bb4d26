"""Results of an ablation: one JSON line for every variant and seed, so that what was measured is never measured again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from spectramind.training.variants import Variant
from spectramind.utils.artifacts import canonical_json, write_text
from spectramind.utils.errors import InputDataError
from spectramind.utils.runs import Workspace

RESULTS_NAME = "results.jsonl"


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """Quality of predictions of labelled planets.

    Attributes:
        score: Official metric, not clipped.
        gll: Mean log-likelihood, bins weighted as in the metric, nat; the larger the better.
        z_std: Standard deviation of (true - predicted) / sigma over planets and bins; 1 is honest.
        coverage: Percent as text -> share of truths inside the central Gaussian interval.
        violations: Symbolic term -> share of planets that violate it.
    """

    score: float
    gll: float
    z_std: float
    coverage: dict[str, float]
    violations: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Result:
    """One variant with one seed.

    Attributes:
        key: Hash of what decides it.
        overrides: How the variant differs from the configuration.
        seed: Of the training.
        planets: How many were predicted.
        seconds: Of training, all members together; after an interruption only those since.
    """

    key: str
    variant: str
    overrides: str
    seed: int
    planets: int
    seconds: float
    measurement: Measurement


@dataclass(frozen=True, kw_only=True)
class VariantResults:
    """A variant and its results, in the order of the seeds."""

    variant: Variant
    results: tuple[Result, ...]


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """All of a finished ablation.

    Attributes:
        rows: Base first, physics second; those that could not be trained are not among them.
        failed: Variant -> why it could not be trained.
    """

    rows: tuple[VariantResults, ...]
    failed: dict[str, str]


def ablation_folder(workspace: Workspace) -> Path:
    """Folder of results and report: outputs/ablation."""
    return workspace.outputs / "ablation"


class ResultStore:
    """The results in a JSONL file, by key; the caller holds a lock on the workspace.

    Raises:
        InputDataError: If a line cannot be read; a last one without its end, of a writer that was killed, is dropped.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._known = path, dict[str, Result]()
        path.parent.mkdir(parents=True, exist_ok=True)
        *written, torn = path.read_text(encoding="utf-8").split("\n") if path.exists() else [""]
        for number, text in enumerate(written, start=1):
            result = self._parse(number, text)
            self._known[result.key] = result
        if torn:
            write_text(path, "".join(f"{line}\n" for line in written))

    def get(self, key: str) -> Result | None:
        """Return the result with a key, None where there is none yet."""
        return self._known.get(key)

    def append(self, result: Result) -> None:
        """Write one line.

        Raises:
            ValueError: If a number is not finite.
        """
        line = canonical_json(asdict(result)) + "\n"
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(line)
        self._known[result.key] = result

    def _parse(self, number: int, text: str) -> Result:
        try:
            content = json.loads(text)
            return Result(**content | {"measurement": Measurement(**content["measurement"])})
        except (ValueError, KeyError, TypeError) as error:
            raise InputDataError(
                "a line of the ablation's results cannot be read",
                where=f"{self._path} line {number}",
                received=error,
                hint="remove that line",
            ) from error

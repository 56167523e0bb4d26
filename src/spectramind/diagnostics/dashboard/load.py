"""Read one prediction with its manifest, its planets and, where they are known, the true spectra."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.data.dataset import SPLITS, Dataset, read_labels
from spectramind.data.identifiers import Split
from spectramind.diagnostics.run_data import RunData
from spectramind.evaluation.submission_table import SubmissionTable, read_submission, require_planets, violation
from spectramind.inference.manifest import MANIFEST_NAME
from spectramind.utils.artifacts import sha256_file
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError
from spectramind.utils.runs import Workspace
from spectramind.utils.schemas import validate_document

Array = NDArray[np.float64]

SUBMISSION_NAME = "submission.csv"
PREDICT = "spectramind predict --out-csv outputs/submission.csv"


def submission_path(workspace: Workspace, submission: Path | None) -> Path:
    """Return the given submission, or outputs/submission.csv."""
    return submission or workspace.outputs / SUBMISSION_NAME


def load_run(config: Config, workspace: Workspace, *, submission: Path | None = None, truth: Path | None = None) -> RunData:
    """Return a prediction and what is known about it.

    Args:
        submission: outputs/submission.csv by default; its manifest lies beside it.
        truth: Table of true spectra; train.csv of the dataset by default, where the training planets were predicted.

    Raises:
        InputDataError: A file is missing or unreadable, the manifest is that of another submission, or the planets are not the dataset's.
        SchemaViolation: Submission or manifest break their contract, or the bins are not those of the dataset.
    """
    path = submission_path(workspace, submission)
    table = read_submission(path)
    manifest = _read_manifest(path)
    require_planets(table.planet_ids, tuple(manifest["planets"]), path)
    dataset = Dataset.open(config.data.raw_dir)
    bins = dataset.wavelength_um.size
    if table.mu.shape[1] != bins:
        raise violation(f"The dataset has {bins} bins a planet.", path, line=1, received=f"{table.mu.shape[1]} bins")
    split = _split_of(table, dataset, path)
    return RunData(
        config=config,
        workspace=workspace,
        dataset=dataset,
        split=split,
        submission=path,
        manifest=manifest,
        planet_ids=table.planet_ids,
        wavelength_um=dataset.wavelength_um,
        mu=table.mu,
        sigma=table.sigma,
        truth=_truth(dataset, split, table.planet_ids, truth),
    )


def _read_manifest(submission: Path) -> dict[str, Any]:
    path = submission.with_name(MANIFEST_NAME)
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputDataError("the manifest cannot be read", where=str(path), received=error, hint=PREDICT, section="13") from error
    validate_document(manifest, "manifest", where=str(path))
    if manifest["submission"]["sha256"] != sha256_file(submission):
        raise InputDataError("the manifest is that of another submission", where=str(path), received=str(submission), hint=PREDICT)
    return manifest


def _split_of(table: SubmissionTable, dataset: Dataset, path: Path) -> Split:
    """Return the split that holds all planets; test comes first where both do."""
    for split in reversed(SPLITS):
        if set(table.planet_ids) <= set(dataset.planets.get(split, ())):
            return split
    raise InputDataError(
        "the submission has planets that the dataset lacks", where=str(path), received=str(dataset.root), hint="data.raw_dir=DIR"
    )


def _truth(dataset: Dataset, split: Split, planet_ids: tuple[str, ...], path: Path | None) -> Array | None:
    """Return (planet, bin) true depths, NaN where a planet has none; None where no planet has any."""
    if path is None and split == "test":
        return None
    table = dataset.labels() if path is None else read_labels(path)
    if table is None:
        return None
    if table.shape[1] != dataset.wavelength_um.size:
        raise InputDataError("a true spectrum has another number of bins", where=str(path or dataset.root), received=table.shape[1])
    truth: Array = table.reindex(list(planet_ids)).to_numpy(dtype=np.float64)
    if np.isfinite(truth).any():
        return truth
    if path is not None:
        raise InputDataError("the table of true spectra has none of the planets", where=str(path), hint="leave out --truth")
    return None

"""One side of a comparison: a submission, its manifest, and the configuration behind it where that was kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spectramind.evaluation.submission_table import SubmissionTable, read_submission
from spectramind.inference.manifest import MANIFEST_NAME
from spectramind.utils.artifacts import sha256_file
from spectramind.utils.errors import InputDataError, SchemaViolation
from spectramind.utils.run_profile import configs_folder
from spectramind.utils.runs import Workspace
from spectramind.utils.schemas import validate_document

SUBMISSION_NAME = "submission.csv"


@dataclass(frozen=True, kw_only=True)
class Side:
    """A submission and what is known about it.

    Attributes:
        name: What the page calls it: the path as given.
        submission: The CSV.
        table: Its spectra.
        manifest: What made it; empty where none lies beside it that names it.
        config: Resolved configuration; empty where it was not kept.
        note: What is not known, and why; empty where all is.
    """

    name: str
    submission: Path
    table: SubmissionTable
    manifest: Mapping[str, Any]
    config: Mapping[str, Any]
    note: str


def load_side(path: Path, workspace: Workspace) -> Side:
    """Read one side.

    Args:
        path: A workspace, a folder with submission.csv or with a manifest that names one, or the CSV itself.
        workspace: Where kept configurations are looked for too.

    Raises:
        InputDataError: There is no submission, or it or its manifest cannot be read.
        SchemaViolation: The submission breaks its contract.
    """
    submission = find_submission(path)
    table = read_submission(submission)
    manifest, note = _manifest(submission)
    config = _config(str(manifest.get("config_hash", "")), submission, workspace)
    if manifest and not config:
        note = "its resolved configuration was not kept: only the hash is compared"
    return Side(name=str(path), submission=submission, table=table, manifest=manifest, config=config, note=note)


def find_submission(path: Path) -> Path:
    """Return the submission that is meant; raises InputDataError where there is none."""
    if not path.is_dir():
        return path  # a file, or nothing: reading it names what is wrong
    for folder in (path, path / "outputs"):
        if (folder / SUBMISSION_NAME).is_file():
            return folder / SUBMISSION_NAME
        entry = _read(folder / MANIFEST_NAME).get("submission")
        named = str(entry.get("file", "")) if isinstance(entry, Mapping) else ""
        if named and Path(named).name == named and (folder / named).is_file():
            return folder / named
    raise InputDataError(
        "The folder holds no submission.",
        where=str(path),
        hint="Name a workspace, a folder with submission.csv, or the CSV itself; spectramind predict --out-csv PATH makes one.",
        section="13",
    )


def _manifest(submission: Path) -> tuple[dict[str, Any], str]:
    path = submission.with_name(MANIFEST_NAME)
    if not path.is_file():
        return {}, f"there is no {MANIFEST_NAME} beside it: what made it is not known"
    manifest = _read(path)
    try:
        validate_document(manifest, "manifest", where=str(path))
    except SchemaViolation as error:
        return {}, f"its {MANIFEST_NAME} breaks the schema of this version ({error.what}): what made it is not compared"
    if manifest["submission"]["sha256"] != sha256_file(submission):
        return {}, f"the {MANIFEST_NAME} beside it is that of another submission: what made it is not known"
    return manifest, ""


def _config(sha256: str, submission: Path, workspace: Workspace) -> dict[str, Any]:
    """Return the configuration with this hash from the workspace that the submission lies in, or from the present one."""
    roots = [Workspace(folder) for folder in submission.resolve().parents[:3]]
    for root in (*roots, workspace):
        found = _read(configs_folder(root) / f"{sha256}.json") if sha256 else {}
        if found:
            return found
    return {}


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputDataError("A JSON document cannot be read.", where=str(path), received=error, hint="Delete it.") from error
    return document if isinstance(document, dict) else {}

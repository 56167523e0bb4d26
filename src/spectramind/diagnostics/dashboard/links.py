"""Links from the page to the files beside it: relative, so that the folder can be moved as a whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from spectramind.diagnostics.run_data import RunData
from spectramind.inference.manifest import MANIFEST_NAME
from spectramind.inference.uncertainty import record_path
from spectramind.utils import products


@dataclass(frozen=True, kw_only=True)
class Link:
    """A file with what it is."""

    what: str
    name: str
    href: str


def relative_path(path: Path, page: Path) -> str:
    """Return the way from the page's folder to a file, with forward slashes."""
    return Path(os.path.relpath(path.resolve(), page.resolve().parent)).as_posix()


def relative_link(path: Path, page: Path) -> str:
    """Return the same as a link; the dot in front keeps a name with a colon from being read as a scheme."""
    return "./" + quote(relative_path(path, page))


def links_to(paths: tuple[Path, ...], page: Path) -> list[Link]:
    """Return links to those of the files that exist, named by their last part; files of one name have that of their folder before it."""
    names = [path.name for path in paths]
    return [
        Link(what="", name=path.name if names.count(path.name) == 1 else f"{path.parent.name}/{path.name}", href=relative_link(path, page))
        for path in paths
        if path.exists()
    ]


def run_links(run: RunData, page: Path) -> list[Link]:
    """Return links to the files that the page was made from, those that exist."""
    workspace = run.workspace
    files = {
        "manifest of the submission": run.submission.with_name(MANIFEST_NAME),
        "submission": run.submission,
        "intervals": run.submission.with_name(run.manifest["uncertainty"]["intervals"]["file"]),
        "calibration of the uncertainty": record_path(workspace),
        "detector calibration, per visit": workspace.calibrated / products.MANIFEST_NAME,
        "features, per visit": workspace.features / products.MANIFEST_NAME,
        "telemetry": workspace.events_path,
        "log": workspace.log_path,
        "debug log": workspace.debug_log_path,
        "report of the ablation": workspace.outputs / "ablation" / "ablation.html",
    }
    return [
        Link(what=what, name=relative_path(path, workspace.root / "page"), href=relative_link(path, page))
        for what, path in files.items()
        if path.is_file()
    ]

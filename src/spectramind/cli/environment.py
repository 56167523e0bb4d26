"""What `doctor` shows: versions, folders, machine, optional extras; and what is wrong with them."""

from __future__ import annotations

import os
import platform
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from spectramind.utils.errors import ConfigError, SpectraMindError
from spectramind.utils.locations import checkout_root, config_directory, schema_directory
from spectramind.utils.parallel import worker_count
from spectramind.utils.provenance import distribution_version, git_sha, package_version, toolchain_versions
from spectramind.utils.resources import free_disk_mib, memory_mib

if TYPE_CHECKING:
    from spectramind.cli.session import Session

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^;,\s]+)$")


def describe(session: Session) -> dict[str, object]:
    """Return the environment as a JSON-ready mapping; `problems` lists what is wrong."""
    problems = [f"version: {mismatch}" for mismatch in version_mismatches()]
    folders: dict[str, object] = {}
    for name, find in (("configs", config_directory), ("schemas", schema_directory)):
        try:
            folders[name] = find()
        except SpectraMindError as error:
            problems.append(str(error))
    config = "unresolved"
    try:
        _ = session.config
        config = session.config_sha256
    except SpectraMindError as error:
        problems.append(str(error))
    root = session.workspace.root
    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    writable = os.access(existing, os.W_OK)
    if not writable:
        problems.append(f"the workspace is not writable: {root}")
    return {
        "spectramind": package_version(),
        "sha": git_sha(),
        "config": config,
        "python": {"version": platform.python_version(), "executable": sys.executable, "platform": platform.platform()},
        "folders": folders | {"checkout": checkout_root(), "workspace": root, "workspace_writable": writable},
        "machine": {
            "cores": worker_count(0),
            "memory_mib": round(memory_mib()),
            "free_disk_mib": round(free_disk_mib(root)),
            "gpu": os.environ.get("CUDA_VISIBLE_DEVICES", "all") if Path("/dev/nvidiactl").exists() else None,
        },
        "versions": toolchain_versions(),
        "extras": optional_extras(),
        "problems": problems,
    }


def problems_error(description: dict[str, object]) -> ConfigError | None:
    """Return the error that sums up the problems, or None."""
    problems = description["problems"]
    assert isinstance(problems, list)
    if not problems:
        return None
    return ConfigError(f"{len(problems)} problem(s) found.", where="doctor", received="; ".join(problems), hint="make setup", section="2")


def version_mismatches() -> list[str]:
    """Return one line for every runtime dependency that is not installed in the pinned version."""
    lines = []
    for name, wanted in pins(requirements()).items():
        installed = distribution_version(name)
        # a local part names the build (2.13.0+cpu), not the version
        if installed is None or installed.partition("+")[0] != wanted:
            lines.append(f"{name} {installed or 'is not installed'}, pinned {wanted}")
    return lines


def optional_extras() -> dict[str, bool]:
    """Return every optional distribution with whether it is installed."""
    root = checkout_root()
    if root is None:
        optional = [line.split(";")[0].strip() for line in metadata.requires("spectramind") or () if "extra ==" in line]
    else:
        groups = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"].get("optional-dependencies", {})
        optional = [line.split(";")[0].strip() for lines in groups.values() for line in lines]
    return {name: distribution_version(name) is not None for name in sorted(pins(optional))}


def requirements() -> list[str]:
    """Return the runtime requirements: of the checkout's pyproject.toml, else of the installed package."""
    root = checkout_root()
    if root is None:
        return [line for line in metadata.requires("spectramind") or () if "extra ==" not in line]
    return list(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"])


def pins(lines: list[str]) -> dict[str, str]:
    """Return name -> version of the exact pins among requirement lines."""
    matches = (_PIN.match(line.split(";")[0].replace("(", "").replace(")", "").strip()) for line in lines)
    return {match.group(1): match.group(2) for match in matches if match}

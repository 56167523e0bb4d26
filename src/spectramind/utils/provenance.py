"""What made a product: code version, package version, toolchain."""

from __future__ import annotations

import os
import re
from functools import cache

from spectramind.utils.locations import checkout_root

UNKNOWN = "unknown"
TOOLS = ("numpy", "scipy", "pandas", "pyarrow", "numba", "torch", "torch-geometric", "hydra-core", "omegaconf", "typer", "jsonschema")
"""Distributions named in manifests: what can change a number or a contract."""


@cache
def git_sha() -> str:
    """Return the commit of the checkout this code runs from, with `-dirty` where files differ, or "unknown"."""
    root = checkout_root()
    if root is None or not (root / ".git").exists():
        return UNKNOWN
    import subprocess

    command = ["git", "--no-optional-locks", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return UNKNOWN
    return answer if re.fullmatch(r"[0-9a-f]{7,64}(-dirty)?", answer) else UNKNOWN


@cache
def package_version() -> str:
    """Return the version of this package: the checkout's own, else the installed one."""
    root = checkout_root()
    if root is not None:
        import tomllib

        with (root / "pyproject.toml").open("rb") as stream:
            return str(tomllib.load(stream)["project"]["version"])
    return distribution_version("spectramind") or UNKNOWN


def toolchain_versions() -> dict[str, str]:
    """Return the versions of Python, the platform and the libraries of TOOLS that are installed."""
    import platform

    versions = {"spectramind": package_version(), "python": platform.python_version(), "platform": platform.platform()}
    installed = {name: distribution_version(name) for name in TOOLS}
    return versions | {name: version for name, version in installed.items() if version is not None}


def distribution_version(name: str) -> str | None:
    """Return the installed version of a distribution, or None."""
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def host_name() -> str:
    """Return the name of this machine."""
    return os.uname().nodename

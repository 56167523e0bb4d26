"""Where configs/ and schemas/ are: in the checkout this code belongs to, else in the installed package."""

from __future__ import annotations

from pathlib import Path

from spectramind.utils.errors import ConfigError

PACKAGE = Path(__file__).resolve().parents[1]
ROOT_CONFIG = "config_v50"


def checkout_root() -> Path | None:
    """Return the root of the checkout this code runs from, or None for an installed package."""
    root = PACKAGE.parents[1]
    is_checkout = PACKAGE.parent.name == "src" and (root / "pyproject.toml").is_file()
    return root if is_checkout else None


def config_directory() -> Path:
    """Return the folder of the configuration tree."""
    return _resource_directory("configs", f"{ROOT_CONFIG}.yaml")


def schema_directory() -> Path:
    """Return the folder of the JSON schemas."""
    return _resource_directory("schemas", "event.schema.json")


def _resource_directory(name: str, landmark: str) -> Path:
    folder = (checkout_root() or PACKAGE / "resources") / name
    if not (folder / landmark).is_file():
        raise ConfigError(
            f"The {name} folder is missing or incomplete.",
            where=str(folder),
            received=f"no {landmark}",
            hint="Restore it (git checkout -- configs schemas) or install the package again.",
            section="2",
        )
    return folder

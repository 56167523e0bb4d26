"""Hydra's compose interface, and nothing else of Hydra: groups and overrides -> plain mapping -> Config."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from spectramind.utils.artifacts import sha256_json
from spectramind.utils.config.build import build, key_of, leaf_keys, unknown_key
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import ConfigError
from spectramind.utils.locations import ROOT_CONFIG, config_directory
from spectramind.utils.nearest import nearest

UNHASHED_KEYS = ("paths.root", "data.raw_dir", "global.workers")
"""Where the machine keeps things and how many cores it has; the data enter cache keys by their content instead."""


def load_config(overrides: Sequence[str] = (), *, config_dir: Path | None = None) -> Config:
    """Compose, resolve and check the configuration.

    Args:
        overrides: Hydra overrides such as `global.seed=7` or `profile=fast_kaggle`.
        config_dir: Folder of config_v50.yaml; the project's own by default.

    Returns:
        Frozen configuration; `paths.root` is absolute and `data.raw_dir` absolute below it.

    Raises:
        ConfigError: Unknown, missing, ill-typed or out-of-range key, unknown group option, broken YAML.
    """
    folder = (config_dir or config_directory()).resolve()
    _check_keys(overrides, folder)
    config = build(Config, _compose(folder, overrides))
    root = config.paths.root.expanduser().resolve()
    raw_dir = root / config.data.raw_dir.expanduser()
    return replace(config, paths=replace(config.paths, root=root), data=replace(config.data, raw_dir=raw_dir))


def config_dict(config: object) -> dict[str, Any]:
    """Return the configuration as a JSON-ready mapping with the keys of the YAML."""
    assert is_dataclass(config)
    return {key_of(field): _plain(getattr(config, field.name)) for field in fields(config)}


def config_hash(config: Config) -> str:
    """Return the sha256 of the canonical JSON of the configuration without the keys of UNHASHED_KEYS."""
    resolved = config_dict(config)
    for dotted in UNHASHED_KEYS:
        group, key = dotted.split(".")
        del resolved[group][key]
    return sha256_json(resolved)


def group_options(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return every configuration group with its options."""
    return {
        group.name: tuple(sorted(option.stem for option in group.glob("*.yaml"))) for group in sorted(folder.iterdir()) if group.is_dir()
    }


def _plain(value: object) -> Any:
    if is_dataclass(value):
        return config_dict(value)
    if isinstance(value, tuple):
        return [_plain(member) for member in value]
    return str(value) if isinstance(value, Path) else value


def _check_keys(overrides: Iterable[str], folder: Path) -> None:
    """Refuse keys that no dataclass declares; Hydra alone would accept `+key=value` and its own `hydra.*`."""
    groups = group_options(folder)
    leaves = tuple(leaf_keys(Config))
    for override in overrides:
        key, _, value = override.lstrip("+~").partition("=")
        key = key.split("@")[0].strip()
        if key in groups:
            if value and value not in groups[key]:
                match = nearest(value, groups[key])
                hint = f"Choose from {', '.join(groups[key])}." + (f" Did you mean {key}={match}?" if match else "")
                raise ConfigError("Unknown option of a configuration group.", where=key, received=value, hint=hint)
        elif key not in leaves and not any(leaf.startswith(f"{key}.") for leaf in leaves):
            raise unknown_key(key, (*leaves, *groups))


def _compose(folder: Path, overrides: Sequence[str]) -> object:
    import yaml  # type: ignore[import-untyped]
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(config_dir=str(folder), version_base="1.3", job_name="spectramind"):
            composed = compose(ROOT_CONFIG, overrides=list(overrides))
            return OmegaConf.to_container(composed, resolve=True, throw_on_missing=True)
    except (HydraException, OmegaConfBaseException, yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "The configuration cannot be composed: " + " ".join(str(error).split()),
            where=str(folder),
            received=" ".join(overrides) or None,
            hint="Write overrides as key=value, with 'key=\"value\"' where the value has blanks or signs. "
            "List all keys: spectramind config show",
        ) from error

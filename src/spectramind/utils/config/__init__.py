"""Configuration: Hydra composes the YAML of configs/, frozen dataclasses with ranges check it, a sha256 names it."""

from __future__ import annotations

from spectramind.utils.config.compose import config_dict, config_hash, load_config
from spectramind.utils.config.schema import Config

__all__ = ["Config", "config_dict", "config_hash", "load_config"]

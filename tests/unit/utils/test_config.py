from __future__ import annotations

import dataclasses
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectramind.utils.config import config_dict, config_hash, load_config
from spectramind.utils.config.build import build, leaf_keys
from spectramind.utils.config.schema import Config, ExtractionConfig
from spectramind.utils.errors import ConfigError
from spectramind.utils.locations import config_directory


def _shuffled(value: Any) -> Any:
    return {key: _shuffled(value[key]) for key in reversed(value)} if isinstance(value, dict) else value


def test_attributes_mirror_the_yaml_and_are_frozen() -> None:
    config = load_config(["global.seed=7", "data.detector.hot_pixel_sigma=4"])
    assert config.global_.seed == 7
    assert config.data.detector.hot_pixel_sigma == 4.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.global_.seed = 8  # type: ignore[misc]


def test_the_root_comes_from_the_environment_and_relative_data_start_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECTRAMIND_ROOT", str(tmp_path))
    config = load_config()
    assert config.paths.root == tmp_path
    assert config.data.raw_dir == tmp_path / "data/raw"
    assert load_config(["data.raw_dir=/elsewhere"]).data.raw_dir == Path("/elsewhere")


def test_the_default_root_is_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPECTRAMIND_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    assert load_config().paths.root == tmp_path


def test_every_key_of_the_yaml_is_in_the_schema_and_back() -> None:
    def leaves(mapping: dict[str, Any], prefix: str = "") -> set[str]:
        nested = ((prefix + key, value) for key, value in mapping.items())
        return {leaf for key, value in nested for leaf in (leaves(value, key + ".") if isinstance(value, dict) else {key})}

    assert leaves(config_dict(load_config())) == set(leaf_keys(Config))


@pytest.mark.parametrize(
    ("override", "where", "hint"),
    [
        ("data.detector.hot_pixel_sigm=3", "data.detector.hot_pixel_sigm", "data.detector.hot_pixel_sigma"),
        ("global.sed=3", "global.sed", "global.seed"),
        ("seed=3", "seed", "global.seed"),
        ("+seeed=3", "seeed", "global.seed"),
        ("++data.extra=3", "data.extra", "config show"),
        ("hydra.run.dir=x", "hydra.run.dir", "config show"),
        ("~global.seed", "global.seed", "global.seed=VALUE"),
        ("global.seed=x", "global.seed", "an integer"),
        ("global.seed=1.5", "global.seed", "an integer"),
        ("global.seed=true", "global.seed", "an integer"),
        ("global.seed=-1", "global.seed", "[0, 4.29497e+09]"),
        ("loss.sigma_min=nan", "loss.sigma_min", "finite"),
        ("data.split=tain", "data.split", "train"),
        ("data.gates.flat=[1]", "data.gates.flat", "2 values"),
        ("data.gates.flat=[2,1]", "data.gates", "data.gates.KEY=VALUE"),
        ("data.detector=3", "data.detector", ""),
        ("data.extraction.annulus_inner_px=1", "data.extraction", ""),
        ("profile=fast", "profile", "fast_kaggle"),
        ("model=other", "model", "physics"),
        ("paths.root=7", "paths.root", "a path"),
        ("paths.root=''", "paths.root", "a path"),
        ("data.raw_dir=${nowhere}", "", ""),
        ("data.raw_dir=[", "", "key=value"),
        ("global.seed=1,2", "", ""),
    ],
)
def test_every_mistake_is_named(override: str, where: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config([override])
    assert caught.value.where.startswith(where)
    assert hint in caught.value.hint
    assert caught.value.exit_code == 3


def test_a_group_of_keys_can_be_given_at_once() -> None:
    gates = load_config(["data.gates={flat:[1,2]}"]).data.gates
    assert gates.flat == (1.0, 2.0)
    assert gates.adc_gain == load_config().data.gates.adc_gain


def test_the_hash_names_the_science_and_not_the_machine(tmp_path: Path) -> None:
    reference = config_hash(load_config())
    assert re.fullmatch(r"[0-9a-f]{64}", reference)
    assert config_hash(load_config([f"paths.root={tmp_path}", "data.raw_dir=/x", "global.workers=3"])) == reference
    assert config_hash(load_config(["global.seed=1338"])) != reference
    assert config_hash(load_config(["data.bin_cadence_s=144"])) == reference


def test_the_hash_is_independent_of_key_order() -> None:
    config = load_config()
    assert config_hash(build(Config, _shuffled(config_dict(config)))) == config_hash(config)


def test_a_yaml_file_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "configs"
    shutil.copytree(config_directory(), folder)
    (folder / "train" / "default.yaml").write_text("fold: 5\n")
    with pytest.raises(ConfigError) as caught:
        load_config(config_dir=folder)
    assert caught.value.where == "train.fold"
    assert "train.folds" in caught.value.hint


@pytest.mark.parametrize("text", ["a: [", "{{", "- 1\n- 2\n", "\0"])
def test_a_broken_yaml_file_is_a_config_error(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "configs"
    shutil.copytree(config_directory(), folder)
    (folder / "train" / "default.yaml").write_text(text)
    with pytest.raises(ConfigError):
        load_config(config_dir=folder)


@given(
    st.dictionaries(
        st.text(max_size=8), st.none() | st.integers() | st.text(max_size=4) | st.floats() | st.lists(st.integers()), max_size=4
    )
)
def test_the_builder_builds_or_raises_a_config_error(mapping: dict[str, object]) -> None:
    good = {"aperture_radius_px": 7.0, "annulus_inner_px": 12, "annulus_outer_px": 16.0, "seam_bins": []}
    try:
        built = build(ExtractionConfig, good | mapping)
    except ConfigError:
        return
    assert isinstance(built, ExtractionConfig)

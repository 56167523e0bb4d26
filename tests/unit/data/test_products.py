from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import VisitId
from spectramind.data.products import (
    calibrated_product,
    calibration_version,
    metadata_hash,
    product_key,
    product_path,
    product_version,
    read_light_curve,
)
from spectramind.data.raw import reference_path, signal_path
from spectramind.data.sensors import Sensor
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import DataConfig
from spectramind.utils.errors import InputDataError
from spectramind.utils.products import commit_product, update_manifest
from spectramind.utils.runs import Workspace

VISIT = VisitId("test", "77", 0)


@pytest.fixture(scope="module")
def settings() -> DataConfig:
    return load_config().data


def key_of(root: Path, version: str = "v") -> str:
    dataset = Dataset.open(root)
    return product_key(dataset, VISIT, Sensor.FGS1, version, metadata_hash(dataset))


@pytest.mark.parametrize("version_of", [calibration_version, product_version])
def test_the_version_knows_parameters_but_not_places(settings: DataConfig, version_of: Callable[[DataConfig], str]) -> None:
    version = version_of(settings)
    assert version_of(replace(settings, raw_dir=Path("/elsewhere"), split="test")) == version
    assert version_of(replace(settings, gates=replace(settings.gates, flat=(0.1, 9.0)))) == version
    assert version_of(replace(settings, bin_cadence_s=1.0)) != version
    assert version_of(replace(settings, detector=replace(settings.detector, hot_pixel_sigma=4.0))) != version


def test_stored_frames_make_another_product_of_the_same_light_curves(settings: DataConfig) -> None:
    other = replace(settings, store_frames=not settings.store_frames)
    assert product_version(other) != product_version(settings)
    assert calibration_version(other) == calibration_version(settings)


@pytest.mark.parametrize("changed", ["signal", "dark", "linear_corr", "adc_info.csv", "wavelengths.csv"])
def test_the_key_knows_the_content_of_every_input(raw: Path, changed: str) -> None:
    before = key_of(raw)
    assert key_of(raw) == before
    assert key_of(raw, "w") != before
    folder = raw / "test" / "77"
    path = raw / changed if changed.endswith(".csv") else reference_path(folder, Sensor.FGS1, 0, changed)
    path = signal_path(folder, Sensor.FGS1, 0) if changed == "signal" else path
    content = path.read_bytes()
    path.write_bytes(content + b"\n")
    assert key_of(raw) != before
    path.write_bytes(content)
    assert key_of(raw) == before


def test_a_missing_input_has_no_key(raw: Path) -> None:
    reference_path(raw / "test" / "77", Sensor.FGS1, 0, "read").unlink()
    with pytest.raises(InputDataError, match="missing"):
        key_of(raw)


def test_products_are_named_by_planet_visit_and_hash(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert product_path(workspace, VISIT, Sensor.AIRS, "a" * 64) == tmp_path / "data/calibrated/airs/planet_77_0_aaaaaaaaaaaa.npz"


def test_only_the_product_the_manifest_names_is_found(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    path = product_path(workspace, VISIT, Sensor.AIRS, "a" * 64)
    commit_product(path, {"flux": np.ones(3), "frames": np.zeros(2)}, {"version": "v"})
    with pytest.raises(InputDataError, match="not calibrated"):
        calibrated_product(workspace, VISIT, Sensor.AIRS, "v")
    products = {str(Sensor.AIRS): str(path.relative_to(tmp_path))}
    update_manifest(workspace.calibrated, {VISIT.key: {"status": "calibrated", "version": "v", "products": products}})
    assert calibrated_product(workspace, VISIT, Sensor.AIRS, "v")[0] == path
    for visit, version in ((VISIT, "w"), (replace(VISIT, split="train"), "v"), (replace(VISIT, visit=1), "v")):
        with pytest.raises(InputDataError, match="not calibrated"):
            calibrated_product(workspace, visit, Sensor.AIRS, version)
    assert list(read_light_curve(path)) == ["flux"]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputDataError, match="not calibrated"):
        calibrated_product(workspace, VISIT, Sensor.AIRS, "v")


def test_a_visit_set_aside_says_why(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    update_manifest(workspace.calibrated, {VISIT.key: {"status": "set aside", "reason": "no star"}})
    with pytest.raises(InputDataError, match="no star"):
        calibrated_product(workspace, VISIT, Sensor.AIRS, "v")

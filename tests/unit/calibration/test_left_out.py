"""The arrays of planets left out of a calibration belong to one record, and to no other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spectramind.calibration.left_out import LEFT_OUT_NAME, LeftOut, read_left_out, write_left_out
from spectramind.calibration.store import RECORD_NAME
from spectramind.utils.errors import InputDataError

ARRAYS = np.random.default_rng(0).uniform(1e-4, 1e-2, (6, 3, 4))
LEFT_OUT = LeftOut(
    planet_ids=np.array(["11", "12", "18446744073709551615"]),
    wavelength_um=np.array([0.7, 1.95, 2.0, 2.1]),
    truth=ARRAYS[0],
    mu=ARRAYS[1],
    sigma_model=ARRAYS[2],
    sigma_temperature=ARRAYS[3],
    sigma_calibrated=ARRAYS[4],
    half_width=ARRAYS[5],
    alpha=0.1,
    brightness=np.array([1e6, np.nan, 3e8]),
    quality=np.array(["GOOD", "FAINT", "POOR"]),
)


def written(folder: Path) -> str:
    sha256 = write_left_out(folder, LEFT_OUT)
    (folder / RECORD_NAME).write_text(json.dumps({"left_out": sha256}))
    return sha256


def test_arrays_come_back_number_for_number(tmp_path: Path) -> None:
    written(tmp_path)
    seen = read_left_out(tmp_path)
    for name, values in vars(LEFT_OUT).items():
        np.testing.assert_array_equal(getattr(seen, name), values)
    assert isinstance(seen.alpha, float)
    with np.load(tmp_path / LEFT_OUT_NAME, allow_pickle=False) as stored:
        assert (stored["planet_ids"].dtype, stored["quality"].dtype, stored["alpha"].shape) == (np.dtype("U20"), np.dtype("U8"), ())


def test_the_same_arrays_have_the_same_bytes(tmp_path: Path) -> None:
    assert written(tmp_path) == written(tmp_path)


def test_those_of_another_record_are_refused(tmp_path: Path) -> None:
    written(tmp_path)
    write_left_out(tmp_path, replace(LEFT_OUT, alpha=0.2))
    with pytest.raises(InputDataError, match="not those of its record") as caught:
        read_left_out(tmp_path)
    assert "spectramind calibrate-temp" in caught.value.hint


@pytest.mark.parametrize("missing", [RECORD_NAME, LEFT_OUT_NAME])
def test_without_record_or_arrays_there_is_nothing(tmp_path: Path, missing: str) -> None:
    written(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(InputDataError, match="no planets left out") as caught:
        read_left_out(tmp_path)
    assert missing in caught.value.where


@pytest.mark.parametrize("content", ["{", "{}", "[]"])
def test_a_damaged_record_is_refused(tmp_path: Path, content: str) -> None:
    written(tmp_path)
    (tmp_path / RECORD_NAME).write_text(content)
    with pytest.raises(InputDataError, match="not those of its record"):
        read_left_out(tmp_path)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"half_width": ARRAYS[0][:2]}, "half_width"),
        ({"quality": np.array(["GOOD"])}, "quality"),
        ({"brightness": np.ones(2)}, "brightness"),
        ({"truth": ARRAYS[0].T}, "truth"),
    ],
)
def test_arrays_of_unlike_shape_are_no_set(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        replace(LEFT_OUT, **change)

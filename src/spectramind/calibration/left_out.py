"""What a calibration said of planets left out of its fit, array by array: figures of coverage and of z-scores are drawn from it."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectramind.calibration.store import RECORD_NAME, REPAIR
from spectramind.utils.artifacts import sha256_file, write_npz
from spectramind.utils.errors import InputDataError
from spectramind.utils.file_set import settle

Array = NDArray[np.float64]

LEFT_OUT_NAME = "left_out.npz"
PLANET_ID_TYPE, QUALITY_TYPE = "U20", "U8"


@dataclass(frozen=True, kw_only=True, eq=False)
class LeftOut:
    """Labelled planets, each with a calibration that was fitted without it.

    Attributes:
        planet_ids: (planet,) canonical ids.
        wavelength_um: (bin,) FGS1 first.
        truth, mu: (planet, bin) true and predicted depths.
        sigma_model: (planet, bin) standard deviations before any calibration.
        sigma_temperature: (planet, bin) after the temperature.
        sigma_calibrated: (planet, bin) after everything that was fitted: the same where that is the temperature alone.
        half_width: (planet, bin) of the intervals mu +- half_width, which cover 1 - alpha; they are no multiple of sigma_calibrated.
        alpha: Share of truths that the intervals may miss.
        brightness: (planet,) of their stars, in electrons a time bin of FGS1; NaN where unknown.
        quality: (planet,) classes of `calibration.quality.QualityClass`.
    """

    planet_ids: NDArray[np.str_]
    wavelength_um: Array
    truth: Array
    mu: Array
    sigma_model: Array
    sigma_temperature: Array
    sigma_calibrated: Array
    half_width: Array
    alpha: float
    brightness: Array
    quality: NDArray[np.str_]

    def __post_init__(self) -> None:
        shape = (len(self.planet_ids), len(self.wavelength_um))
        for name in ("truth", "mu", "sigma_model", "sigma_temperature", "sigma_calibrated", "half_width"):
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must have shape {shape}, not {getattr(self, name).shape}")
        for name in ("brightness", "quality"):
            if getattr(self, name).shape != shape[:1]:
                raise ValueError(f"{name} must have shape {shape[:1]}, not {getattr(self, name).shape}")


def write_left_out(folder: Path, left_out: LeftOut) -> str:
    """Write the arrays atomically and return their sha256; they count once the record of the calibration names it."""
    arrays = {field.name: np.asarray(getattr(left_out, field.name)) for field in fields(left_out)}
    arrays["planet_ids"] = arrays["planet_ids"].astype(PLANET_ID_TYPE)
    arrays["quality"] = arrays["quality"].astype(QUALITY_TYPE)
    return write_npz(folder / LEFT_OUT_NAME, arrays)


def read_left_out(folder: Path) -> LeftOut:
    """Read the arrays that belong to the calibration in a folder.

    Raises:
        InputDataError: There are none, they are damaged, or those of another calibration than calibration.json records.
    """
    path = folder / LEFT_OUT_NAME
    try:
        settle(folder)
        recorded = json.loads((folder / RECORD_NAME).read_text(encoding="utf-8"))["left_out"]
        found = sha256_file(path)
        if found != recorded:
            raise ValueError(f"sha256 {found[:12]}, {RECORD_NAME} names {str(recorded)[:12]}")
        with np.load(path, allow_pickle=False) as stored:
            arrays = {field.name: stored[field.name] for field in fields(LeftOut)}
        return LeftOut(**{**arrays, "alpha": float(arrays["alpha"])})
    except FileNotFoundError as error:
        what = "there are no planets left out of a calibration"
        raise InputDataError(what, where=str(error.filename), received="no file", hint=REPAIR, section="12") from error
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError) as error:
        what = "the planets left out of the calibration are damaged, or not those of its record"
        raise InputDataError(what, where=str(path), received=f"{type(error).__name__}: {error}", hint=REPAIR, section="12") from error

"""The calibration on disk: calibration.json with its provenance, and corel_q_bin.csv with the quantiles of every bin."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.calibration.corel import Corel, gaussian_quantile
from spectramind.calibration.groups import Groups
from spectramind.calibration.quality import QualityClass
from spectramind.calibration.temperature import Temperature
from spectramind.utils.artifacts import sha256_file, write_json, write_text
from spectramind.utils.errors import InputDataError
from spectramind.utils.file_set import settle

Array = NDArray[np.float64]

RECORD_NAME = "calibration.json"
COREL_NAME = "corel_q_bin.csv"
COREL_COLUMNS = ("bin", "wavelength_um", "q", "q_as_sigma", "q_shrunk", "sigma_scale", "planets")
VERSION = 2
REPAIR = "spectramind calibrate-temp, then spectramind calibrate-corel; the second where quantiles per bin are wanted"


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What a calibration was made from; it may only be applied to predictions of the same model.

    Attributes:
        planet_ids: Calibration planets.
        model: JSON-ready identity of the model: its kind, key and members.
        config_hash: Hash of the configuration that matters.
        data_hash: Hash of the data that the model read.
        git_sha: Code that made it.
    """

    planet_ids: tuple[str, ...]
    model: dict[str, Any]
    config_hash: str
    data_hash: str
    git_sha: str


@dataclass(frozen=True, kw_only=True, eq=False)
class CalibrationRecord:
    """A calibration with what it did to the calibration planets.

    Attributes:
        temperature: Factors on sigma.
        groups: Factors of classes of planets, on top of it.
        corel: Quantiles of every bin, None where there are none.
        provenance: What it was made from.
        before: Figures before the calibration: score, GLL, coverage ...
        after: The same after it.
        columns: Name -> (planet,) numbers that tell the sky and the instrument of the calibration planets from others.
        left_out: sha256 of the arrays of planets left out of the fit (`calibration.left_out`).
        wavelength_um: (bin,) for the table of quantiles; empty where not known.
        without_corel: Why COREL was to be fitted and was not, empty where it was, or where nobody asked for it.
    """

    temperature: Temperature
    groups: Groups
    corel: Corel | None
    provenance: Provenance
    before: dict[str, float]
    after: dict[str, float]
    columns: dict[str, tuple[float, ...]]
    left_out: str
    wavelength_um: tuple[float, ...] = ()
    without_corel: str = ""


def write_record(folder: Path, record: CalibrationRecord) -> None:
    """Write a record atomically, the table of quantiles first: it counts only with the sha256 in calibration.json."""
    table = folder / COREL_NAME
    content: dict[str, Any] = {
        "version": VERSION,
        "temperature": asdict(record.temperature),
        "groups": asdict(record.groups),
        "provenance": {**asdict(record.provenance), "planet_ids": list(record.provenance.planet_ids)},
        "before": record.before,
        "after": record.after,
        "columns": record.columns,
        "left_out": record.left_out,
        "wavelength_um": list(record.wavelength_um),
        "corel": None,
        "without_corel": record.without_corel,
    }
    if record.corel is not None:
        write_text(table, _table_text(record.corel, record.wavelength_um))
        content["corel"] = {"alpha": record.corel.alpha, "planets": record.corel.planets, "sha256": sha256_file(table)}
    write_json(folder / RECORD_NAME, content)
    if record.corel is None:
        table.unlink(missing_ok=True)


def read_record(folder: Path) -> CalibrationRecord:
    """Read what `write_record` wrote, number for number; a set of files that was left half moved is put in its place first.

    Raises:
        InputDataError: There is none, or it is damaged; with the command that makes it again.
    """
    path = folder / RECORD_NAME
    try:
        settle(folder)
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return _record(folder, content)
    except FileNotFoundError as error:
        what = "there is no calibration of the uncertainty" if not path.exists() else "the calibration lacks its table of quantiles"
        raise InputDataError(what, where=str(error.filename), received="no file", hint=REPAIR, section="12") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        received = f"{type(error).__name__}: {error}"
        raise InputDataError("the calibration cannot be read", where=str(path), received=received, hint=REPAIR, section="12") from error


def _record(folder: Path, content: dict[str, Any]) -> CalibrationRecord:
    if content["version"] != VERSION:
        raise ValueError(f"version {content['version']}, this code reads {VERSION}")
    tau = _figures("temperature", content["temperature"])
    factors = _figures("factors", content["groups"]["factors"])
    if min(*tau.values(), *factors.values()) <= 0.0:
        raise ValueError(f"factors on sigma must be positive, not {tau}, {factors}")
    origin = content["provenance"]
    return CalibrationRecord(
        temperature=Temperature(**tau),
        groups=Groups(
            factors={quality: factors[quality] for quality in QualityClass},
            planets={quality: int(content["groups"]["planets"][quality]) for quality in QualityClass},
        ),
        corel=None if content["corel"] is None else _corel(folder / COREL_NAME, content["corel"]),
        provenance=Provenance(**{**origin, "planet_ids": tuple(map(str, origin["planet_ids"]))}),
        before=_figures("before", content["before"]),
        after=_figures("after", content["after"]),
        columns={name: _finite(name, values) for name, values in content["columns"].items()},
        left_out=str(content["left_out"]),
        wavelength_um=tuple(map(float, content["wavelength_um"])),
        without_corel=str(content.get("without_corel", "")),
    )


def _figures(what: str, values: Mapping[str, object]) -> dict[str, float]:
    return dict(zip(values, _finite(what, values.values()), strict=True))


def _finite(what: str, values: Iterable[Any]) -> tuple[float, ...]:
    """Return the values as floats; a ValueError, or a TypeError, where one is no finite number."""
    numbers = tuple(map(float, values))
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"{what}: {numbers}")
    return numbers


def _table_text(corel: Corel, wavelength_um: tuple[float, ...]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COREL_COLUMNS)
    wavelengths = wavelength_um or ("",) * corel.q.size
    as_sigma = corel.q / gaussian_quantile(corel.alpha)
    columns = zip(wavelengths, corel.q.tolist(), as_sigma.tolist(), corel.q_shrunk.tolist(), corel.sigma_scale.tolist(), strict=True)
    writer.writerows((place, *cells, corel.planets) for place, cells in enumerate(columns))
    return text.getvalue()


def _corel(path: Path, entry: dict[str, Any]) -> Corel:
    if sha256_file(path) != entry["sha256"]:
        raise ValueError(f"{path} is not the table that was written")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    q, scale = (np.array([float(row[name]) for row in rows]) for name in ("q", "sigma_scale"))
    return Corel(alpha=float(entry["alpha"]), q=q, sigma_scale=scale, planets=int(entry["planets"]))

"""A dataset in competition layout: metadata tables, planets and visits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spectramind.data.identifiers import Split, VisitId, parse_planet_id
from spectramind.data.sensors import Sensor, SensorProfile
from spectramind.utils.errors import InputDataError

SPLITS: tuple[Split, ...] = ("train", "test")
STAR_COLUMNS = ("Rs", "Ms", "Ts", "Mp", "e", "P", "sma", "i")
# The real file has no FGS1 integration times: there both reads are 0.1 s long.
FGS1_INTEGRATION_TIME_S = 0.1
_SIGNAL_NAME = re.compile(r"^(?:AIRS-CH0|FGS1)_signal_([0-9]{1,3})\.parquet$")


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """What the metadata of a dataset says; no detector frame is read.

    Attributes:
        wavelength_um: (bin,) central wavelengths in submission order: FGS1 first, then AIRS ascending.
        bin_column: (bin - 1,) index into the kept AIRS columns for every AIRS bin.
        planets: Split -> planet ids in the order of the star table.
        rejected: Rows of the star tables whose id is unusable, with the reason.
    """

    root: Path
    wavelength_um: NDArray[np.float64]
    sensors: dict[Sensor, SensorProfile]
    bin_column: NDArray[np.int64]
    planets: dict[Split, tuple[str, ...]]
    stars: dict[Split, pd.DataFrame]
    rejected: tuple[str, ...]

    @classmethod
    def open(cls, root: Path) -> Dataset:
        """Read the metadata tables below ``root``.

        Raises:
            InputDataError: If a table is missing, unreadable, or inconsistent with another.
        """
        if not root.is_dir():
            raise InputDataError(
                "the dataset folder does not exist",
                where=str(root),
                hint="spectramind simulate --out DIR --planets 4 --test-planets 4 --profile smoke --seed 1, then data.raw_dir=DIR",
            )
        wavelength_um = _read_wavelengths(root / "wavelengths.csv")
        sensors, bin_column = _read_sensors(root, wavelength_um)
        planets: dict[Split, tuple[str, ...]] = {}
        stars: dict[Split, pd.DataFrame] = {}
        rejected: list[str] = []
        for split in SPLITS:
            path = root / f"{split}_star_info.csv"
            if path.exists():
                stars[split], bad_rows = _read_stars(path)
                planets[split] = tuple(stars[split].index)
                rejected += bad_rows
        if not planets:
            raise InputDataError("no star table in the dataset", where=str(root / "test_star_info.csv"), hint="check data.raw_dir")
        return cls(
            root=root,
            wavelength_um=wavelength_um,
            sensors=sensors,
            bin_column=bin_column,
            planets=planets,
            stars=stars,
            rejected=tuple(rejected),
        )

    def splits(self, selection: str) -> tuple[Split, ...]:
        """Return the splits that ``data.split`` (all, train or test) selects and the dataset has."""
        return tuple(split for split in SPLITS if split in self.planets and selection in ("all", split))

    def planet_folder(self, split: Split, planet_id: str) -> Path:
        """Folder of one planet's files."""
        return self.root / split / planet_id

    def visits(self, split: Split, planet_id: str) -> tuple[VisitId, ...]:
        """Visits for which either sensor has a signal file; empty where the planet's folder has none."""
        folder = self.planet_folder(split, planet_id)
        names = (entry.name for entry in folder.iterdir()) if folder.is_dir() else ()
        numbers = {int(match.group(1)) for name in names if (match := _SIGNAL_NAME.match(name))}
        return tuple(VisitId(split, planet_id, number) for number in sorted(numbers))

    def labels(self) -> pd.DataFrame | None:
        """Return train.csv as (planet, bin) transit depths indexed by planet id, or None where there is none."""
        path = self.root / "train.csv"
        return read_labels(path) if path.exists() else None


def read_labels(path: Path) -> pd.DataFrame:
    """Read a table of true spectra: index planet id, one column a bin, values (Rp/Rs)^2.

    Raises:
        InputDataError: If it cannot be read, or a depth is not a finite number; names its planet and bin.
    """
    table = _read_csv(path, dtype={"planet_id": str})
    if "planet_id" not in table:
        raise InputDataError("a table of spectra has no planet_id column", where=str(path), received=list(table.columns)[:4])
    table.index = pd.Index([parse_planet_id(value, where=str(path)) for value in table.pop("planet_id")], name="planet_id")
    if table.index.has_duplicates:
        raise InputDataError("a planet has two rows", where=str(path), received=table.index[table.index.duplicated()][0])
    depths: pd.DataFrame = table.apply(pd.to_numeric, errors="coerce").astype(np.float64)
    bad = np.argwhere(~np.isfinite(depths.to_numpy()))
    if bad.size:
        row, place = bad[0]
        planet_id, others = depths.index[row], f" ({len(bad)} such cells in all)" if len(bad) > 1 else ""
        raise InputDataError(
            "a depth is not a finite number",
            where=f"{path}: planet {planet_id}, column {depths.columns[place]} (bin {place})",
            received=f"{table.iloc[row, place]}{others}",
            hint=f"write the depth there, or take the row of planet {planet_id} out, and run the same command again",
        )
    return depths


def _read_csv(path: Path, dtype: dict[str, type] | None = None) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=dtype)
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise InputDataError("a metadata table cannot be read", where=str(path), received=error, hint="check data.raw_dir") from error


def _numbers(table: pd.DataFrame | pd.Series, path: Path) -> NDArray[np.float64]:
    """Return the values as floats; words where numbers belong are an InputDataError."""
    try:
        return np.asarray(table.to_numpy(dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise InputDataError("a metadata table holds something that is not a number", where=str(path), received=error) from error


def _read_wavelengths(path: Path) -> NDArray[np.float64]:
    wavelength_um = _numbers(_read_csv(path), path).ravel()
    if not np.isfinite(wavelength_um).all() or wavelength_um.size < 2 or (np.diff(wavelength_um) <= 0).any():
        raise InputDataError("wavelengths are not finite and ascending", where=str(path), received=wavelength_um[:4])
    return wavelength_um


def _read_sensors(root: Path, wavelength_um: NDArray[np.float64]) -> tuple[dict[Sensor, SensorProfile], NDArray[np.int64]]:
    adc = _read_csv(root / "adc_info.csv")
    axis_path = root / "axis_info.parquet"
    try:
        axis = pd.read_parquet(axis_path)
    except (OSError, ValueError) as error:
        raise InputDataError("the axis table cannot be read", where=str(axis_path), received=error) from error
    columns, bin_column, column_wavelength_um = _match_columns(_axis(axis, "AIRS-CH0-axis2-um", axis_path), wavelength_um[1:], axis_path)
    sensors = {}
    for sensor in Sensor:
        read_start_h = _axis(axis, f"{sensor}-axis0-h", axis_path)
        gain, offset = (_adc_value(adc, f"{sensor}_adc_{name}", root / "adc_info.csv") for name in ("gain", "offset"))
        if gain <= 0:
            raise InputDataError("the ADC gain is not positive", where=str(root / "adc_info.csv"), received=gain)
        sensors[sensor] = SensorProfile(
            sensor=sensor,
            adc_gain=gain,
            adc_offset_electron=offset,
            read_start_h=read_start_h,
            integration_time_s=_integration_times(axis, sensor, read_start_h.size, axis_path),
            columns=columns if sensor is Sensor.AIRS else None,
            column_wavelength_um=column_wavelength_um if sensor is Sensor.AIRS else None,
        )
    return sensors, bin_column


def _axis(axis: pd.DataFrame, name: str, path: Path) -> NDArray[np.float64]:
    """Return one column of the axis table without its NaN padding."""
    if name not in axis:
        raise InputDataError("the axis table lacks a column", where=f"{path}: {name}", received=list(axis.columns))
    padded = _numbers(axis[name], path)
    values = padded[: int(np.isfinite(padded).sum())]
    if not np.isfinite(values).all():
        raise InputDataError("an axis has a gap", where=f"{path}: {name}", received="a value that is not finite before the last number")
    if values.size == 0 or (name.endswith("axis0-h") and (values.size % 2 or values.size < 4 or (np.diff(values) <= 0).any())):
        raise InputDataError("an axis is empty, unordered or has an odd number of reads", where=f"{path}: {name}", received=values.size)
    return values


def _integration_times(axis: pd.DataFrame, sensor: Sensor, reads: int, path: Path) -> NDArray[np.float64]:
    name = f"{sensor}-integration_time"
    if name not in axis and sensor is Sensor.FGS1:
        return np.full(reads, FGS1_INTEGRATION_TIME_S)
    values = _axis(axis, name, path)
    if values.size != reads or (values <= 0).any():
        raise InputDataError("integration times do not fit the reads", where=f"{path}: {name}", received=f"{values.size} for {reads} reads")
    return values


def _adc_value(adc: pd.DataFrame, name: str, path: Path) -> float:
    value = float(_numbers(adc[name], path)[0]) if name in adc and len(adc) else float("nan")
    if not np.isfinite(value):
        raise InputDataError(
            "an ADC constant is missing or not finite", where=f"{path}: {name}", received=value, hint="restore adc_info.csv"
        )
    return value


def _match_columns(
    column_um: NDArray[np.float64], bin_um: NDArray[np.float64], path: Path
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Find the detector column of every AIRS bin by its wavelength; the axis may run either way."""
    nearest = np.abs(column_um[None, :] - bin_um[:, None]).argmin(axis=1)
    spacing_um = float(np.abs(np.diff(column_um)).min())
    if np.abs(column_um[nearest] - bin_um).max() > 0.05 * spacing_um or np.unique(nearest).size != nearest.size:
        raise InputDataError("the detector's wavelength axis does not hold the bins", where=str(path), hint="check wavelengths.csv")
    columns = np.sort(nearest)
    return columns, np.searchsorted(columns, nearest), column_um[columns]


def _read_stars(path: Path) -> tuple[pd.DataFrame, list[str]]:
    table = _read_csv(path, dtype={"planet_id": str})
    missing = [name for name in ("planet_id", *STAR_COLUMNS) if name not in table]
    if missing:
        raise InputDataError("the star table lacks columns", where=str(path), received=missing)
    usable, ids, rejected = _usable_rows(table["planet_id"].tolist(), path)
    stars = table.loc[usable, list(STAR_COLUMNS)].apply(pd.to_numeric, errors="coerce")
    stars.index = pd.Index(ids, name="planet_id")
    return stars, rejected


def _usable_rows(written_ids: Sequence[object], path: Path) -> tuple[list[int], list[str], list[str]]:
    usable: list[int] = []
    ids: dict[str, int] = {}
    rejected: list[str] = []
    for row, written in enumerate(written_ids):
        try:
            planet_id = parse_planet_id(written, where=f"{path.name} row {row + 2}")
        except InputDataError as error:
            rejected.append(str(error))
            continue
        if planet_id in ids:
            rejected.append(f"planet {planet_id} stands twice in {path.name}: row {ids[planet_id] + 2} is kept, row {row + 2} is not")
            continue
        ids[planet_id] = row
        usable.append(row)
    return usable, list(ids), rejected

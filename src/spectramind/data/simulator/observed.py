"""Frames of any dataset in competition layout brought to one scale: electrons of one real ramp. For comparisons, not for science."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spectramind.data.detector.linearity import evaluate_polynomial
from spectramind.data.sensors import Sensor
from spectramind.data.simulator.instrument import CADENCES, ROWS
from spectramind.utils.errors import InputDataError

BLOCK_PIXELS = 1024


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The first pairs of one visit of one sensor.

    Attributes:
        fold: Real pairs in a stored one.
        first, difference: (row, column, pair) linearised electrons of the first read, and of the second minus the first, over ``fold``.
        maps: Calibration maps (row, column) of single real reads; ``linear_corr`` is (6, row, column).
    """

    sensor: Sensor
    fold: float
    first: NDArray[np.float64]
    difference: NDArray[np.float64]
    maps: dict[str, NDArray[np.float64]]


def find_visits(root: Path, limit: int) -> list[tuple[Path, int]]:
    """Return (planet folder, visit) of the first visits of the training set.

    Raises:
        InputDataError: If there is none.
    """
    paths = sorted((root / "train").glob("[0-9]*/FGS1_signal_*.parquet"))[:limit]
    if not paths:
        raise InputDataError("there is no training visit to compare", where=str(root / "train"))
    return [(path.parent, int(path.stem.rsplit("_", 1)[1])) for path in paths]


def observe(root: Path, folder: Path, visit: int, sensor: Sensor, pairs: int) -> Observed:
    """Decode, linearise and difference the first pairs of one visit.

    Raises:
        InputDataError: If a file cannot be read.
    """
    try:
        return _observe(root, folder, visit, sensor, pairs)
    except (OSError, ValueError, KeyError) as error:
        raise InputDataError("a visit cannot be compared", where=str(folder), received=error) from error


def _observe(root: Path, folder: Path, visit: int, sensor: Sensor, pairs: int) -> Observed:
    gain, offset = _converter(root, sensor)
    fold = _long_integration_s(root, sensor) / CADENCES[sensor].long_s
    maps = {path.stem: _read_map(path) for path in sorted((folder / f"{sensor}_calibration_{visit}").glob("*.parquet"))}
    columns = maps["dark"].shape[1]
    linearity = maps["linear_corr"].reshape(6, -1)
    names = [f"column_{number}" for number in range(ROWS * columns)]
    first, difference = [], []
    with pq.ParquetFile(folder / f"{sensor}_signal_{visit}.parquet") as stored:
        for start in range(0, len(names), BLOCK_PIXELS):
            block = slice(start, start + BLOCK_PIXELS)
            table = stored.read(columns=names[block], use_threads=False).slice(0, 2 * pairs)
            electron = np.stack([column.to_numpy().astype(np.float64) for column in table.columns]) / gain + offset
            charge, _ = evaluate_polynomial(linearity[:, block], electron)
            first.append(charge[:, ::2] / fold)
            difference.append((charge[:, 1::2] - charge[:, ::2]) / fold)
    power = np.arange(6)[:, None, None]
    maps["linear_corr"] = linearity.reshape(6, ROWS, columns) * fold ** (power - 1.0)
    maps["read"] = maps["read"] / np.sqrt(fold)
    shape = (ROWS, columns, -1)
    return Observed(
        sensor=sensor,
        fold=fold,
        first=np.concatenate(first).reshape(shape),
        difference=np.concatenate(difference).reshape(shape),
        maps=maps,
    )


def _converter(root: Path, sensor: Sensor) -> tuple[float, float]:
    header, values = ((root / "adc_info.csv").read_text(encoding="utf-8").split("\n"))[:2]
    table = dict(zip(header.strip().split(","), values.strip().split(","), strict=True))
    return float(table[f"{sensor}_adc_gain"]), float(table[f"{sensor}_adc_offset"])


def _long_integration_s(root: Path, sensor: Sensor) -> float:
    name = f"{sensor}-integration_time"
    table = pq.read_table(root / "axis_info.parquet")
    return float(table[name][1].as_py()) if name in table.column_names else CADENCES[sensor].long_s


def _read_map(path: Path) -> NDArray[np.float64]:
    return np.stack([column.to_numpy().astype(np.float64) for column in pq.read_table(path).columns], axis=1)

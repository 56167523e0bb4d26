"""A dataset in competition layout with detectors of a few hundred pixels, drawn with plain numpy: nothing of the simulator is used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Array = NDArray[np.float64]

GAIN, OFFSET_ELECTRON = 0.4369, -1000.0
STAR_HEADER = "planet_id,Rs,Ms,Ts,Mp,e,P,sma,i"
STAR_VALUES = "1.2,1.1,5887.0,0.9,0.0,5.2,10.5,88.5"
LINEARITY = (0.14, 0.9999, -5.7e-9, 1.18e-11, -6.0e-17, 1.34e-22)


@dataclass(frozen=True, kw_only=True)
class TinySensor:
    """Size and cadence of one sensor; ``short_s`` before the first read of a ramp, ``long_s`` between its two reads."""

    name: str
    rows: int
    columns: int
    pairs: int
    short_s: float
    long_s: float
    period_s: float

    def read_start_h(self) -> Array:
        ramp_s = np.arange(self.pairs) * self.period_s
        return np.stack([ramp_s, ramp_s + self.short_s], axis=1).ravel() / 3600.0

    def time_since_reset_s(self) -> Array:
        return np.tile([self.short_s, self.short_s + self.long_s], self.pairs)


AIRS = TinySensor(name="AIRS-CH0", rows=32, columns=24, pairs=32, short_s=0.1, long_s=4.5, period_s=4.8)
FGS1 = TinySensor(name="FGS1", rows=32, columns=32, pairs=40, short_s=0.1, long_s=0.1, period_s=0.4)
FIRST_BIN, LAST_BIN = 2, 21
BIN_UM = 0.01


@dataclass(frozen=True, kw_only=True)
class TinyMaps:
    """Reference maps (row, column); linearity (6, row, column)."""

    dark: Array
    dead: NDArray[np.bool_]
    flat: Array
    read: Array
    linearity: Array


def draw_maps(generator: np.random.Generator, sensor: TinySensor, *, clean: bool = False) -> TinyMaps:
    """Draw maps like the real ones; ``clean`` ones have no dead, hot or noisy pixel."""
    shape = (sensor.rows, sensor.columns)
    dark, flat = generator.normal(0.0065, 0.0013, shape), generator.normal(1.01, 0.013, shape)
    read, dead = np.abs(generator.normal(13.0, 0.6, shape)), np.zeros(shape, dtype=np.bool_)
    if not clean:
        dark = np.where(generator.random(shape) < 0.01, dark + generator.uniform(0.5, 5.0, shape), dark)
        dead = generator.random(shape) < 0.01
        flat = np.where(dead, generator.normal(0.0, 0.005, shape), flat)
        read = np.where(generator.random(shape) < 0.03, 40.0, read)
    scatter = np.array([0.1, 0.003, 0.0, 0.0, 0.0, 0.0])[:, None, None] * generator.standard_normal((6, *shape))
    return TinyMaps(dark=dark, dead=dead, flat=flat, read=read, linearity=np.array(LINEARITY)[:, None, None] + scatter)


def airs_light(sensor: TinySensor, scale: float = 1.0) -> Array:
    """(row, column) electrons / s of a spectrum across the rows, as wide as the real one."""
    across = np.exp(-0.5 * ((np.arange(sensor.rows) - 15.6) / 1.6) ** 2) + 2.0e-2 / (1.0 + (np.arange(sensor.rows) - 15.6) ** 2)
    along = np.linspace(3.0e4, 5.0e3, sensor.columns)
    light: Array = scale * (across / across.sum())[:, None] * along
    return light


def fgs1_light(sensor: TinySensor, scale: float = 1.0) -> Array:
    """(row, column) electrons / s of a star in the middle."""
    rows, columns = np.indices((sensor.rows, sensor.columns))
    image = np.exp(-0.5 * ((rows - 15.2) ** 2 + (columns - 15.9) ** 2) / 1.8**2)
    light: Array = scale * 2.2e6 * image / image.sum()
    return light


def bend(true: Array, linearity: Array) -> Array:
    """Invert the polynomial measured -> true, elementwise, by Newton's method."""
    measured = true.copy()
    for _ in range(3):
        value, slope = linearity[5] * measured, 5.0 * linearity[5]
        for power in (4, 3, 2, 1):
            value = (value + linearity[power]) * measured
            slope = slope * measured + power * linearity[power]
        measured -= (value + linearity[0] - true) / slope
    return measured


def draw_reads(generator: np.random.Generator, sensor: TinySensor, light: Array, maps: TinyMaps) -> NDArray[np.uint16]:
    """Draw (read, row, column) ADU: Poisson ramps, bent, with read noise, digitised; nothing else."""
    rate = light * np.maximum(maps.flat, 0.0) + np.maximum(maps.dark, 0.0)
    shape = (sensor.pairs, sensor.rows, sensor.columns)
    before = generator.poisson(rate * sensor.short_s, shape)
    between = generator.poisson(rate * sensor.long_s, shape)
    charge = np.stack([before, before + between], axis=1).reshape(-1, sensor.rows, sensor.columns).astype(np.float64)
    charge[:, maps.dead] = 0.0
    measured = bend(charge, maps.linearity[:, None])
    measured += maps.read * generator.standard_normal(measured.shape)
    return np.clip(np.floor((measured - OFFSET_ELECTRON) * GAIN), 0, 65535).astype(np.uint16)


def write_columns(path: Path, table: NDArray[np.generic]) -> None:
    """Write a 2-d array as parquet columns column_0, column_1, ..."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = [pa.array(np.ascontiguousarray(column)) for column in table.T]
    pq.write_table(pa.Table.from_arrays(arrays, names=[f"column_{number}" for number in range(len(arrays))]), path)


def write_visit(folder: Path, sensor: TinySensor, visit: int, reads: NDArray[np.uint16], maps: TinyMaps) -> None:
    """Write the signal and the five maps of one sensor."""
    write_columns(folder / f"{sensor.name}_signal_{visit}.parquet", reads.reshape(len(reads), -1))
    calibration = folder / f"{sensor.name}_calibration_{visit}"
    for name in ("dark", "dead", "flat", "read"):
        write_columns(calibration / f"{name}.parquet", getattr(maps, name))
    write_columns(calibration / "linear_corr.parquet", maps.linearity.reshape(-1, sensor.columns))


def write_tables(root: Path, airs: TinySensor, fgs1: TinySensor, train: list[str], test: list[str]) -> None:
    """Write the metadata; test ids are written as floats, as in the published table."""
    root.mkdir(parents=True, exist_ok=True)
    column_um = 4.0 - BIN_UM * np.arange(airs.columns)
    bins_um = [0.7, *column_um[FIRST_BIN : LAST_BIN + 1][::-1].tolist()]
    names = ",".join(f"wl_{number + 1}" for number in range(len(bins_um)))
    (root / "wavelengths.csv").write_text(f"{names}\n{','.join(map(repr, bins_um))}\n")
    (root / "adc_info.csv").write_text(
        f"FGS1_adc_offset,FGS1_adc_gain,AIRS-CH0_adc_offset,AIRS-CH0_adc_gain\n{OFFSET_ELECTRON},{GAIN},{OFFSET_ELECTRON},{GAIN}\n"
    )
    axes = {
        "AIRS-CH0-axis0-h": airs.read_start_h(),
        "AIRS-CH0-axis2-um": column_um,
        "AIRS-CH0-integration_time": np.tile([airs.short_s, airs.long_s], airs.pairs),
        "FGS1-axis0-h": fgs1.read_start_h(),
    }
    length = max(values.size for values in axes.values())
    padded = {name: np.concatenate([values, np.full(length - values.size, np.nan)]) for name, values in axes.items()}
    pq.write_table(pa.table(padded), root / "axis_info.parquet")
    (root / "train_star_info.csv").write_text("\n".join([STAR_HEADER, *(f"{planet},{STAR_VALUES}" for planet in train)]) + "\n")
    (root / "test_star_info.csv").write_text("\n".join([STAR_HEADER, *(f"{planet}.0,{STAR_VALUES}" for planet in test)]) + "\n")
    labels = ",".join(["0.0146"] * len(bins_um))
    (root / "train.csv").write_text("\n".join([f"planet_id,{names}", *(f"{planet},{labels}" for planet in train)]) + "\n")


def write_dataset(
    root: Path,
    *,
    seed: int,
    train: dict[str, int],
    test: dict[str, int],
    airs: TinySensor = AIRS,
    fgs1: TinySensor = FGS1,
    clean: bool = False,
) -> Path:
    """Write a whole dataset; ``train`` and ``test`` map planet ids to their numbers of visits."""
    generator = np.random.default_rng(seed)
    write_tables(root, airs, fgs1, list(train), list(test))
    for split, planets in (("train", train), ("test", test)):
        for planet, visits in planets.items():
            for visit in range(visits):
                for sensor, light in ((airs, airs_light(airs)), (fgs1, fgs1_light(fgs1))):
                    maps = draw_maps(generator, sensor, clean=clean)
                    write_visit(root / split / planet, sensor, visit, draw_reads(generator, sensor, light, maps), maps)
    return root

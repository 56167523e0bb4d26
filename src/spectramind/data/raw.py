"""Raw files of one visit: reference maps and the reads, a block of pixels at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spectramind.data.detector.bad_pixels import find_hot_pixels
from spectramind.data.frames import References
from spectramind.data.sensors import Sensor, SensorProfile
from spectramind.utils.errors import InputDataError

LINEARITY_TERMS = 6
REFERENCE_NAMES = ("dark", "dead", "flat", "read", "linear_corr")


def signal_path(planet_folder: Path, sensor: Sensor, visit: int) -> Path:
    """Path of the reads of one visit."""
    return planet_folder / f"{sensor}_signal_{visit}.parquet"


def reference_path(planet_folder: Path, sensor: Sensor, visit: int, name: str) -> Path:
    """Path of one reference map of one visit."""
    return planet_folder / f"{sensor}_calibration_{visit}" / f"{name}.parquet"


def visit_paths(planet_folder: Path, sensor: Sensor, visit: int) -> tuple[Path, ...]:
    """Return every file that one sensor's visit is made of."""
    return (signal_path(planet_folder, sensor, visit), *(reference_path(planet_folder, sensor, visit, name) for name in REFERENCE_NAMES))


@dataclass(frozen=True, kw_only=True)
class Detector:
    """Reference maps of the kept pixels of one sensor in one visit.

    Attributes:
        shape: (rows, columns) of the kept part.
        pixel: (rows * columns,) number of each kept pixel in the stored file, row by row.
        references: Maps of the kept pixels, (rows * columns,).
    """

    shape: tuple[int, int]
    pixel: NDArray[np.int64]
    stored_pixels: int
    references: References


def read_detector(planet_folder: Path, profile: SensorProfile, visit: int, *, hot_sigma: float, hot_iterations: int) -> Detector:
    """Read the reference maps of one visit and cut them to the kept columns.

    Raises:
        InputDataError: If a map is missing, damaged or of another shape than the others.
    """
    paths = {name: reference_path(planet_folder, profile.sensor, visit, name) for name in REFERENCE_NAMES}
    maps = {name: _read_map(path) for name, path in paths.items()}
    rows, columns = maps["dark"].shape
    for name, array in maps.items():
        expected = (LINEARITY_TERMS * rows, columns) if name == "linear_corr" else (rows, columns)
        if array.shape != expected:
            raise InputDataError(
                "a reference map has the wrong shape", where=str(paths[name]), received=f"{array.shape}, expected {expected}"
            )
    kept = np.arange(columns) if profile.columns is None else profile.columns
    if kept[-1] >= columns:
        raise InputDataError("the maps are narrower than the wavelength axis", where=str(paths["dark"]), received=columns)
    hot = find_hot_pixels(maps["dark"], sigma=hot_sigma, iterations=hot_iterations)
    pixel = (np.arange(rows)[:, None] * columns + kept[None, :]).ravel()
    references = References(
        dark=maps["dark"].ravel()[pixel],
        dead=maps["dead"].ravel()[pixel] != 0,
        hot=hot.ravel()[pixel],
        flat=maps["flat"].ravel()[pixel],
        read_noise=maps["read"].ravel()[pixel],
        linearity=maps["linear_corr"].reshape(LINEARITY_TERMS, rows * columns)[:, pixel],
        adc_gain=profile.adc_gain,
        adc_offset_electron=profile.adc_offset_electron,
        full_scale=float(np.iinfo(np.uint16).max),
    )
    return Detector(shape=(rows, kept.size), pixel=pixel, stored_pixels=rows * columns, references=references)


def read_blocks(
    path: Path, profile: SensorProfile, detector: Detector, block: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint16]]]:
    """Yield (pixel indices into the kept pixels, reads (pixel, read)) block by block.

    A parquet column is one pixel's whole time series, so a block is read, decoded and dropped without touching the rest.

    Raises:
        InputDataError: If the file is missing, damaged, or does not hold one column a pixel and one row a read.
    """
    try:
        with pq.ParquetFile(path) as stored:
            _check_signal(path, stored.metadata, profile, detector)
            for start in range(0, detector.pixel.size, block):
                index = np.arange(start, min(start + block, detector.pixel.size))
                names = [f"column_{number}" for number in detector.pixel[index]]
                table = stored.read(columns=names, use_threads=False)
                yield index, np.stack([table.column(name).to_numpy() for name in names])
    except (OSError, pa.ArrowException, KeyError) as error:
        raise InputDataError("a signal file cannot be read", where=str(path), received=error, hint="fetch the file again") from error


def _check_signal(path: Path, metadata: pq.FileMetaData, profile: SensorProfile, detector: Detector) -> None:
    shape, expected = (metadata.num_rows, metadata.num_columns), (profile.read_count, detector.stored_pixels)
    if shape != expected:
        raise InputDataError(
            "a signal file has the wrong shape", where=str(path), received=f"(reads, pixels) = {shape}, expected {expected}", section="4.1"
        )


def _read_map(path: Path) -> NDArray[np.float64]:
    if not path.exists():
        raise InputDataError("a calibration file is missing", where=str(path), hint="fetch the visit's calibration folder again")
    try:
        table = pq.read_table(path, use_threads=False)
        array = np.stack([column.to_numpy().astype(np.float64) for column in table.columns], axis=1)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputDataError("a calibration file cannot be read", where=str(path), received=error, hint="fetch the file again") from error
    return array

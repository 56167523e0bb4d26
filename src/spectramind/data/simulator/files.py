"""Files of the competition layout: signals, calibration maps, axis table and CSV tables; the same content gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spectramind.data.sensors import Sensor
from spectramind.data.simulator.instrument import ADC_GAIN_ADU_PER_ELECTRON, ADC_OFFSET_ELECTRON, airs_wavelength_um, bin_wavelength_um
from spectramind.data.simulator.profile import Profile
from spectramind.utils.artifacts import atomic_path, write_text

SUBMISSION_FILL = 0.456


def write_signal(path: Path, rows: Iterator[NDArray[np.uint16]]) -> None:
    """Write the reads of one visit: one uint16 column a pixel, row by row of the detector, one row group."""
    columns = [pa.array(pixel) for row in rows for pixel in row]
    _write(path, columns, use_dictionary=True, compression="none")  # dictionary indices are packed to the bits they need


def write_map(path: Path, values: NDArray[np.float64] | NDArray[np.bool_]) -> None:
    """Write one calibration map (row, column): one parquet column a detector column."""
    _write(path, [pa.array(np.ascontiguousarray(column)) for column in values.T], use_dictionary=False, compression="zstd")


def _write(path: Path, columns: list[pa.Array], *, use_dictionary: bool, compression: str) -> None:
    """Statistics and the embedded Arrow schema would take more room than the data: a column holds one pixel."""
    table = pa.Table.from_arrays(columns, names=[f"column_{number}" for number in range(len(columns))])
    rows = max(table.num_rows, 1)
    pq.write_table(
        table, path, row_group_size=rows, compression=compression, use_dictionary=use_dictionary, write_statistics=False, store_schema=False
    )


def write_axis(path: Path, profile: Profile) -> None:
    """Write axis_info.parquet; short columns are padded with NaN, and FGS1 integration times stand only where they are not 0.1 s."""
    columns = {
        "AIRS-CH0-axis0-h": profile.airs.read_start_h(),
        "AIRS-CH0-axis2-um": airs_wavelength_um(),
        "AIRS-CH0-integration_time": profile.airs.integration_time_s(),
        "FGS1-axis0-h": profile.fgs1.read_start_h(),
    }
    if profile.fgs1.fold > 1:
        columns["FGS1-integration_time"] = profile.fgs1.integration_time_s()
    length = max(values.size for values in columns.values())
    padded = {name: np.concatenate([values, np.full(length - values.size, np.nan)]) for name, values in columns.items()}
    with atomic_path(path) as temporary:
        pq.write_table(pa.table(padded), temporary, compression="snappy")


def write_adc(path: Path, profile: Profile) -> None:
    """Write adc_info.csv: offset and gain of both converters."""
    names, values = [], []
    for sensor in (Sensor.FGS1, Sensor.AIRS):
        fold = profile.sampling(sensor).fold
        names += [f"{sensor}_adc_offset", f"{sensor}_adc_gain"]
        values += [ADC_OFFSET_ELECTRON * fold, ADC_GAIN_ADU_PER_ELECTRON / fold]
    write_table(path, names, [values])


def write_wavelengths(path: Path) -> None:
    """Write wavelengths.csv: one row with the centre of every bin in um."""
    wavelength_um = bin_wavelength_um()
    write_table(path, spectrum_columns(), [wavelength_um.tolist()])


def write_spectra(path: Path, spectra: dict[int, NDArray[np.float64]]) -> None:
    """Write true spectra by planet id, as in train.csv."""
    write_table(path, ["planet_id", *spectrum_columns()], [[planet, *spectra[planet].tolist()] for planet in sorted(spectra)])


def write_stars(path: Path, columns: Sequence[str], stars: dict[int, tuple[float, ...]], *, ids_as_floats: bool) -> None:
    """Write a star table by planet id; the published test table writes its ids as floats."""
    rows = [[float(planet) if ids_as_floats else planet, *stars[planet]] for planet in sorted(stars)]
    write_table(path, ["planet_id", *columns], rows)


def write_sample_submission(path: Path, planets: Iterable[int]) -> None:
    """Write sample_submission.csv: every test planet with the same meaningless number everywhere."""
    names = spectrum_columns()
    header = ["planet_id", *names, *(name.replace("wl", "sigma") for name in names)]
    write_table(path, header, [[planet, *[SUBMISSION_FILL] * (len(header) - 1)] for planet in sorted(planets)])


def spectrum_columns() -> list[str]:
    """Return the names wl_1..wl_283."""
    return [f"wl_{number}" for number in range(1, bin_wavelength_um().size + 1)]


def write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[float]]) -> None:
    """Write a CSV file with the shortest decimals that read back to the same numbers."""
    lines = [",".join(header), *(",".join(repr(value) for value in row) for row in rows)]
    write_text(path, "\n".join(lines) + "\n")

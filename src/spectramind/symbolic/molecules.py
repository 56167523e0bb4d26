"""Published absorption bands of the molecules that the constraints know, from 0.5 to 7.8 um.

Origins are the vibrational band origins of the sources named in ``molecules.json``, rounded to 1 cm^-1 (the mean of both members
where inversion splits a band of NH3). Widths are full widths at half maximum of the whole rotational envelope of gas near 1000 K, rounded
by eye: they say where a band is, not how strong it is.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from spectramind.utils.errors import InputDataError

DATA_FILE = "molecules.json"
RANGE_UM = (0.5, 7.8)
UM_PER_CM = 1e4
_HINT = "reinstall the package: the file belongs to it"


@dataclass(frozen=True, kw_only=True)
class Band:
    """One absorption band.

    Attributes:
        name: Vibrational assignment.
        centre_um: Wavelength of the band origin.
        width_um: Full width at half maximum.
    """

    name: str
    centre_um: float
    width_um: float


@dataclass(frozen=True, kw_only=True)
class Molecule:
    """A molecule, its bands and the publications they are from."""

    name: str
    bands: tuple[Band, ...]
    sources: tuple[str, ...]


def load_molecules() -> tuple[Molecule, ...]:
    """Return the molecules of the package's data file, in its order.

    Raises:
        InputDataError: The file is missing, damaged or not in the expected layout.
    """
    try:
        text = files(__package__).joinpath(DATA_FILE).read_text(encoding="utf-8")
    except OSError as error:
        raise InputDataError("the list of molecules cannot be read", where=DATA_FILE, received=error, hint=_HINT) from error
    return parse_molecules(text)


def parse_molecules(text: str) -> tuple[Molecule, ...]:
    """Return the molecules of a JSON text; errors as for `load_molecules`."""
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise _broken("not JSON", "", error) from error
    root = _mapping(content, {"sources", "molecules"}, "")
    sources = _mapping(root["sources"], None, "sources")
    for key, reference in sources.items():
        _text(reference, f"sources.{key}")
    molecules = _mapping(root["molecules"], None, "molecules")
    return tuple(_molecule(name, entry, sources) for name, entry in molecules.items())


def _molecule(name: str, entry: object, sources: dict[str, Any]) -> Molecule:
    fields = _mapping(entry, {"sources", "bands"}, name)
    keys = _filled_list(fields["sources"], f"{name}.sources")
    unknown = [key for key in keys if key not in sources]
    if unknown:
        raise _broken("a source is not listed", f"{name}.sources", unknown)
    bands = tuple(_band(band, f"{name}.bands[{index}]") for index, band in enumerate(_filled_list(fields["bands"], f"{name}.bands")))
    if len({band.name for band in bands}) < len(bands):
        raise _broken("two bands share a name", f"{name}.bands", [band.name for band in bands])
    return Molecule(name=name, bands=bands, sources=tuple(sources[key] for key in keys))


def _band(entry: object, where: str) -> Band:
    fields = _mapping(entry, {"name", "origin_per_cm", "width_um"}, where)
    centre_um = UM_PER_CM / _positive(fields["origin_per_cm"], f"{where}.origin_per_cm")
    width_um = _positive(fields["width_um"], f"{where}.width_um")
    if not RANGE_UM[0] <= centre_um <= RANGE_UM[1]:
        raise _broken(f"a band lies outside {RANGE_UM[0]} to {RANGE_UM[1]} um", f"{where}.origin_per_cm", fields["origin_per_cm"])
    if width_um >= centre_um:
        raise _broken("a band is wider than its wavelength", f"{where}.width_um", width_um)
    return Band(name=_text(fields["name"], f"{where}.name"), centre_um=centre_um, width_um=width_um)


def _mapping(value: object, keys: set[str] | None, where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not value or (keys is not None and set(value) != keys):
        raise _broken(f"expected a mapping with {'any keys' if keys is None else sorted(keys)}", where, value)
    return value


def _filled_list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise _broken("expected a list that is not empty", where, value)
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise _broken("expected a text that is not empty", where, value)
    return value


def _positive(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not (math.isfinite(value) and value > 0.0):
        raise _broken("expected a positive number", where, value)
    return float(value)


def _broken(what: str, where: str, received: object) -> InputDataError:
    return InputDataError(f"the list of molecules is damaged: {what}", where=f"{DATA_FILE}: {where}", received=received, hint=_HINT)

"""The list of molecules: what is in it, and that damage is noticed."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from spectramind.symbolic import molecules
from spectramind.symbolic.molecules import DATA_FILE, RANGE_UM, load_molecules, parse_molecules
from spectramind.utils.errors import InputDataError

CONTENT: dict[str, Any] = json.loads(files("spectramind.symbolic").joinpath(DATA_FILE).read_text(encoding="utf-8"))


def test_the_molecules_have_sources_and_bands_in_range() -> None:
    loaded = load_molecules()
    assert [molecule.name for molecule in loaded] == ["H2O", "CH4", "CO2", "CO", "NH3"]
    for molecule in loaded:
        assert any("277, 107949" in source for source in molecule.sources)
        assert any("255, 107228" in source for source in molecule.sources)
        assert all(RANGE_UM[0] <= band.centre_um <= RANGE_UM[1] and 0.0 < band.width_um < 1.5 for band in molecule.bands)


@pytest.mark.parametrize(
    ("molecule", "band", "centre_um"),
    [
        ("H2O", "nu1+nu3", 1.379),
        ("H2O", "nu3", 2.662),
        ("CH4", "nu3", 3.312),
        ("CO2", "nu3", 4.257),
        ("CO", "2-0", 2.347),
        ("NH3", "nu1", 2.998),
    ],
)
def test_well_known_bands_are_where_they_belong(molecule: str, band: str, centre_um: float) -> None:
    bands = {(entry.name, item.name): item for entry in load_molecules() for item in entry.bands}
    assert bands[molecule, band].centre_um == pytest.approx(centre_um, abs=1e-3)


def test_every_source_is_used() -> None:
    used = {key for entry in CONTENT["molecules"].values() for key in entry["sources"]}
    assert used == set(CONTENT["sources"])


def put(path: tuple[str | int, ...], value: object) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        place: Any = content
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


BAND: tuple[str | int, ...] = ("molecules", "H2O", "bands", 0)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (put(("extra",), 1), ""),
        (put(("molecules",), {}), "molecules"),
        (put(("sources", "exomol2020"), ""), "sources.exomol2020"),
        (put(("molecules", "H2O", "bands"), []), "H2O.bands"),
        (put(("molecules", "H2O", "sources"), ["nowhere"]), "H2O.sources"),
        (put((*BAND, "width_um"), -0.1), "H2O.bands[0].width_um"),
        (put((*BAND, "width_um"), True), "H2O.bands[0].width_um"),
        (put((*BAND, "width_um"), 9.0), "H2O.bands[0].width_um"),
        (put((*BAND, "origin_per_cm"), "13831"), "H2O.bands[0].origin_per_cm"),
        (put((*BAND, "origin_per_cm"), float("nan")), "H2O.bands[0].origin_per_cm"),
        (put((*BAND, "origin_per_cm"), 500), "H2O.bands[0].origin_per_cm"),
        (put((*BAND, "name"), ""), "H2O.bands[0].name"),
        (put((*BAND, "name"), "nu3"), "H2O.bands"),
        (put((*BAND, "unknown"), 1), "H2O.bands[0]"),
    ],
)
def test_damage_is_named(change: Callable[[dict[str, Any]], None], where: str) -> None:
    content = copy.deepcopy(CONTENT)
    change(content)
    with pytest.raises(InputDataError) as caught:
        parse_molecules(json.dumps(content))
    assert caught.value.where == f"{DATA_FILE}: {where}"
    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(InputDataError, match="damaged"):
        parse_molecules(text)


def test_a_missing_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(molecules, "DATA_FILE", "absent.json")
    with pytest.raises(InputDataError, match="cannot be read"):
        load_molecules()

"""Checks say pass or look where they should, in words."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from spectramind.diagnostics.planet.data import PlanetView, VisitView
from spectramind.diagnostics.planet.spectrum_words import spectrum_checks
from spectramind.diagnostics.planet.words import gate_checks, parameter_rows, red_noise, visit_checks


def test_gates_speak_of_units_and_keep_unknown_names(planet: PlanetView) -> None:
    flat, masked, unknown = gate_checks(planet.gates["visit 0, FGS1"])
    assert (flat.seen, flat.status) == ("0.58 to 1.06", "pass")
    assert (masked.seen, masked.good, masked.status) == ("25 %", "0 to 10 %", "look")
    assert (unknown.name, unknown.seen) == ("a new gate", "0 to 20,000")


def test_a_whole_transit_passes_every_check(visit: VisitView) -> None:
    assert [check.name for check in visit_checks(visit) if check.passed is False] == []


def test_a_transit_cut_short_is_to_be_looked_at(cut_visit: VisitView) -> None:
    (check,) = [check for check in visit_checks(cut_visit) if check.name.startswith("Whole transit")]
    assert check.status == "look"
    assert "egress not seen" in check.seen


@pytest.mark.parametrize(("period", "passes"), [(0.0, True), (2.5, False)])
def test_red_noise_tells_waves_from_white_noise(visit: VisitView, period: float, passes: bool) -> None:
    curve = visit.white[1]
    noise = 1e-4 * np.random.default_rng(3).standard_normal(curve.time_h.size)
    wave = 5e-4 * np.sin(2.0 * np.pi * curve.time_h / period) if period else 0.0
    assert (red_noise(replace(curve, flux=curve.model + noise + wave)) < 1.5) == passes


def test_parameters_are_quoted_with_uncertainties(visit: VisitView) -> None:
    rows = dict(parameter_rows(visit))
    assert "±" in rows["White AIRS-CH0 depth (ppm)"]
    assert "catalogue 10.00" in rows["Semi-major axis a / R★"]


def test_the_truth_is_asked_only_where_it_is_known(planet: PlanetView) -> None:
    assert [check.name for check in spectrum_checks(replace(planet, truth=None))] == ["Uncertainty of the predicted depth"]
    assert planet.truth is not None
    far = spectrum_checks(replace(planet, truth=planet.truth + 10.0 * planet.sigma))
    assert [check.status for check in far if check.name == "Largest |z|"] == ["look"]


def test_too_few_samples_for_red_noise_are_no_fault(visit: VisitView) -> None:
    few = {name: values[:9] for name, values in visit.fgs1.items() if values.shape[:1] == visit.fgs1["time"].shape}
    short = replace(visit, fgs1={**visit.fgs1, **few})
    (check,) = [check for check in visit_checks(short) if check.name.startswith("FGS1: half-hour means")]
    assert (check.seen, check.status) == ("too few samples to say", "info")


def test_units_and_thousands_are_written_alike(planet: PlanetView, visit: VisitView) -> None:
    (inside,) = [check for check in spectrum_checks(planet) if check.name.startswith("Bins whose")]
    assert inside.seen.endswith(" %")
    wide = replace(visit, fgs1={**visit.fgs1, "model": visit.fgs1["model"] * np.linspace(1.0, 1.01, visit.fgs1["time"].size)})
    (drift,) = [check for check in visit_checks(wide) if check.name.startswith("FGS1: drift order")]
    assert re.search(r"\d,\d{3} ppm peak to peak", drift.seen)

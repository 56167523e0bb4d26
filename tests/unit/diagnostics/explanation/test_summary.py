"""Golden texts: what the rules say of planets of every kind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spectramind.diagnostics.explanation.contrast import WindowContrast
from spectramind.diagnostics.explanation.facts import Mover, PlanetFacts, VisitFacts
from spectramind.diagnostics.explanation.summary import plain_text, summarise

VISIT = VisitFacts(visit=0, signal_to_noise=185.4, drift_order=(2, 3), drift=(2.8e-3, 1.2e-3), episodes=1, converged=True, doubts=())
FACTS = PlanetFacts(
    planet_id="42",
    status="COMPLETE",
    quality="GOOD",
    reason="",
    visits=(VISIT,),
    set_aside={},
    mu=np.array([0.0105, 0.01, 0.01, 0.01]),
    sigma=np.array([8e-5, 5e-5, 5e-5, 5e-5]),
    truth=None,
    contrasts=(
        WindowContrast(molecule="H2O", depth=1.2e-4, sigma=2e-5),
        WindowContrast(molecule="CH4", depth=8e-5, sigma=2e-5),
        WindowContrast(molecule="CO2", depth=1e-5, sigma=2e-5),
        WindowContrast(molecule="CO", depth=-9e-5, sigma=2.5e-5),
    ),
    movers=(
        Mover(name="AIRS white depth", level=-2.1e-3, shape=1e-9),
        Mover(name="H2O window", level=5e-6, shape=4e-5),
        Mover(name="CO window", level=5e-6, shape=1e-6),
        Mover(name="noise of the light curves", level=5e-6, shape=1.2e-5),
    ),
)


def said(facts: PlanetFacts) -> dict[str, str]:
    return {paragraph.heading: paragraph.text for paragraph in summarise(facts)}


def test_a_good_planet() -> None:
    assert plain_text(summarise(FACTS)).splitlines() == [
        "Depth: The planet covers 1.000 % of its star in AIRS (10,000 ppm, a radius of 0.100 stars) and 1.050 % in FGS1; "
        "the typical uncertainty is 50 ppm a bin, 80 ppm in FGS1. In one visit the transit stands 185 times above the noise.",
        "Spectrum: The window of H2O (+120 ± 20 ppm, +6.0σ) stands out. The window of CH4 (+80 ± 20 ppm, +4.0σ) is hinted at. "
        "The window of CO (-90 ± 25 ppm, -3.6σ) is shallower than its surroundings, which no absorption explains. "
        "A window tells where absorption is, not which molecule absorbs.",
        "Fit: Visit 0: the drift is of order 2 in FGS1 (2,800 ppm) and 3 in AIRS (1,200 ppm), one episode far off; "
        "the fit came to a standstill.",
        "Inputs: The level owes most to the AIRS white depth: -2,100 ppm from what is predicted without the planet's own data. "
        "The shape owes most to the H2O window (40 ppm rms) and the noise of the light curves (12 ppm rms).",
        "Trust: Good: the planet was measured from all its data, and every check of the fit was passed. "
        "Its light curves are of class GOOD.",
    ]


def test_a_shape_of_nothing_owes_nothing_to_anyone() -> None:
    level = replace(
        FACTS, movers=(Mover(name="AIRS white depth", level=2e-3, shape=1e-19), Mover(name="H2O window", level=0.0, shape=2e-7))
    )
    assert "shape" not in said(level)["Inputs"]


def test_a_planet_whose_light_curves_are_gone_was_measured_all_the_same() -> None:
    words = said(replace(FACTS, visits=(), contrasts=()))
    assert words["Depth"].startswith("The planet covers 1.000 %")
    assert words["Trust"].startswith("Unknown: the light curves behind the prediction are not there to be checked.")


def test_a_flat_spectrum_says_what_was_looked_for() -> None:
    flat = replace(FACTS, contrasts=tuple(replace(each, depth=each.sigma) for each in FACTS.contrasts))
    assert said(flat)["Spectrum"] == "No window of H2O, CH4, CO2 or CO stands out from a straight line by 3σ."


def test_a_planet_that_was_not_measured_is_not_trusted_at_all() -> None:
    lost = replace(FACTS, status="FALLBACK", quality="", reason="the dark is gone", visits=(), contrasts=(), movers=())
    assert said(lost) == {
        "Depth": "No depth was measured. The prediction is the mean of all planets, 10,000 ppm, with their scatter.",
        "Trust": "None: nothing of this planet entered the prediction (the dark is gone).",
    }


def test_a_degraded_planet_says_what_was_lost_and_why() -> None:
    part = replace(FACTS, status="DEGRADED", reason="visit 1 is damaged.", set_aside={"visit 1": "no dark"})
    assert said(part)["Trust"].startswith("Limited: only a part of the data could be used, or not fully (visit 1 is damaged).")
    assert said(part)["Fit"].endswith("Visit 1 was set aside: no dark.")


def test_doubts_are_named_and_the_rest_counted() -> None:
    visit = replace(VISIT, converged=False, doubts=tuple(f"check {number}: bad" for number in range(5)))
    words = said(replace(FACTS, visits=(visit,)))
    assert words["Trust"].startswith("Fair: ")
    assert "To look at: visit 0: check 0: bad; visit 0: check 1: bad; visit 0: check 2: bad and 2 more." in words["Trust"]
    assert words["Fit"].endswith("the fit did not come to a standstill.")


def test_a_faint_transit_limits_the_trust() -> None:
    assert said(replace(FACTS, visits=(replace(VISIT, signal_to_noise=9.0),)))["Trust"].startswith("Limited: the transit is faint.")


def test_the_truth_has_the_last_word() -> None:
    near, far = FACTS.mu + FACTS.sigma, FACTS.mu + 4.0 * FACTS.sigma
    assert said(replace(FACTS, truth=near))["Trust"].endswith(
        "Against the truth the error is 59 ppm rms, 1.0σ: as large as its uncertainty allows."
    )
    assert said(replace(FACTS, truth=far))["Trust"].startswith("Doubtful: every check of the fit was passed, yet")
    assert said(replace(FACTS, truth=far))["Trust"].endswith("4.0σ: larger than its uncertainty says.")
    assert "truth" not in said(replace(FACTS, truth=np.full(4, np.nan)))["Trust"]


def test_several_visits_and_windows_are_counted_in_words() -> None:
    strong = tuple(replace(each, depth=2e-4) for each in FACTS.contrasts[:2])
    words = said(replace(FACTS, visits=(VISIT, replace(VISIT, visit=1, episodes=0)), contrasts=strong))
    assert "In the best of 2 visits the transit stands" in words["Depth"]
    assert words["Spectrum"].startswith("The windows of H2O (+200 ± 20 ppm, +10.0σ) and CH4 (+200 ± 20 ppm, +10.0σ) stand out.")
    assert "no sample far off" in words["Fit"]

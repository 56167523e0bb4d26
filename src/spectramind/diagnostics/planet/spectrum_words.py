"""What can be said of a planet's predicted spectrum, and of the planet as a whole."""

from __future__ import annotations

import numpy as np

from spectramind.diagnostics.figures.style import PPM
from spectramind.diagnostics.planet.data import Array, PlanetView
from spectramind.diagnostics.planet.words import Check

LARGEST_Z = 6.0
NUMBERS = ("expected_score", "widening")


def headline(view: PlanetView, *, doubts: bool) -> tuple[str, str]:
    """Return in a few words how the planet fared, and what its spectrum is.

    Args:
        doubts: Whether a check was not passed.
    """
    if view.visits:
        told = "Measured, with reservations." if doubts or view.set_aside or view.missing else "Measured; every check passes."
    else:
        told = "What was measured is not there." if view.missing else "Not measured."
    if view.submitted is not None:
        return told, f"The spectrum is the submitted one ({view.submitted.made_by})."
    if view.physics is not None:
        return told, f"The spectrum is that of the physical model; {view.not_submitted}."
    return told, f"No visit could be used: the spectrum is the mean and the scatter of all planets; {view.not_submitted}."


def spectrum_checks(view: PlanetView) -> list[Check]:
    """Return what can be said of the predicted spectrum, against the physical model and the truth where they are known."""
    sigma_ppm = view.sigma * PPM
    seen = f"FGS1 {sigma_ppm[0]:.0f} ppm; AIRS-CH0 {np.median(sigma_ppm[1:]):.0f} ppm in the median bin"
    checks = [Check(name="Uncertainty of the predicted depth", seen=seen, good="smaller than the features of the spectrum")]
    return [*_submission(view), *checks, *_against_truth(view)]


def _submission(view: PlanetView) -> list[Check]:
    if view.submitted is None:
        return []
    outcome, good = view.submitted.outcome, {"status": "COMPLETE", "quality": "GOOD", "expected_score": "near 1", "widening": "1"}
    told = {name: f"{outcome[name]:.4g}" if name in NUMBERS else str(outcome[name]) for name in good if name in outcome}
    checks = [Check(name=f"Submission: {name.replace('_', ' ')}", seen=seen, good=good[name]) for name, seen in told.items()]
    if view.beside is not None:
        difference, ratio = view.mu - view.beside.mu, float(np.median(view.sigma / view.beside.sigma))
        rms_z = float(np.sqrt(np.mean((difference / view.sigma) ** 2)))
        seen = f"{_rms_ppm(view.mu, view.beside.mu)} rms, {rms_z:.2g} σ; its σ is {ratio:.2f} times as large"
        checks.append(Check(name="Submitted minus physical model", seen=seen, good="what network and calibration are meant to change"))
    return checks


def _against_truth(view: PlanetView) -> list[Check]:
    if view.truth is None:
        return []
    z = (view.mu - view.truth) / view.sigma
    checks = [Check(name="Error against the truth, rms", seen=_rms_ppm(view.mu, view.truth), good="like the uncertainty")]
    if view.beside is not None:
        physics = _rms_ppm(view.beside.mu, view.truth)
        checks.append(Check(name="Error of the physical model, rms", seen=physics, good="not smaller than that of the submission"))
    inside, largest = float((np.abs(z) < 1.96).mean()), float(np.abs(z).max())
    share = f"{100.0 * inside:.0f} %"
    checks.append(Check(name="Bins whose 95 % interval holds the truth", seen=share, good="about 95 % (bins share errors)"))
    checks.append(Check(name="Largest |z|", seen=f"{largest:.1f}", good=f"below {LARGEST_Z:.0f}", passed=largest < LARGEST_Z))
    return checks


def _rms_ppm(mu: Array, truth: Array) -> str:
    return f"{np.sqrt(np.mean((mu - truth) ** 2)) * PPM:.0f} ppm"

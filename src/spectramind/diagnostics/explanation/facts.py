"""What the summary of a planet is made of: the numbers of its visits, its spectrum and its explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.explanation.contrast import WindowContrast, window_contrasts
from spectramind.diagnostics.explanation.shapley import Attribution
from spectramind.diagnostics.planet.data import VisitView
from spectramind.diagnostics.planet.words import visit_checks
from spectramind.features.planet.spectrum import UNCONVERGED_VARIANCE, combine_visits
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood

Array = NDArray[np.float64]

EPISODE_SIGMA = 5.0


@dataclass(frozen=True, kw_only=True)
class VisitFacts:
    """How the fit of one visit went.

    Attributes:
        signal_to_noise: Of the transit when it was searched for.
        drift_order: Of FGS1 and AIRS, chosen by evidence.
        drift: Peak to peak of what the fit divides out of FGS1 and AIRS, relative flux.
        episodes: Runs of white-light samples of FGS1 that lie more than five scatters off the fit.
        converged: The fit came to a standstill.
        doubts: Checks that were not passed, in words.
    """

    visit: int
    signal_to_noise: float
    drift_order: tuple[int, int]
    drift: tuple[float, float]
    episodes: int
    converged: bool
    doubts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Mover:
    """What one player did to a spectrum: mean over AIRS, and scatter around it, of its contribution, transit depth."""

    name: str
    level: float
    shape: float


@dataclass(frozen=True, kw_only=True)
class PlanetFacts:
    """A planet in numbers.

    Attributes:
        status, quality, reason: As in the manifest; empty where it says nothing.
        visits: Those that were measured.
        set_aside: What could not be used -> why.
        mu, sigma: (bin,) predicted depths and standard deviations, FGS1 first.
        truth: (bin,) true depths where they are known.
        contrasts: Windows of molecules in the data.
        movers: Players with their part; empty where the planet was not explained.
    """

    planet_id: str
    status: str
    quality: str
    reason: str
    visits: tuple[VisitFacts, ...]
    set_aside: Mapping[str, str]
    mu: Array
    sigma: Array
    truth: Array | None
    contrasts: tuple[WindowContrast, ...]
    movers: tuple[Mover, ...]


def visit_facts(view: VisitView) -> VisitFacts:
    """Return how the fit of a visit went."""
    noise, (fgs1, airs) = view.transit["noise"], view.white
    return VisitFacts(
        visit=view.visit,
        signal_to_noise=float(view.transit["search"][3]),
        drift_order=(int(noise[0]), int(noise[1])),
        drift=(float(np.ptp(fgs1.gain)), float(np.ptp(airs.gain))),
        episodes=count_episodes(fgs1.residual),
        converged=bool(view.transit["converged"]),
        doubts=tuple(f"{check.name}: {check.seen}" for check in visit_checks(view) if check.passed is False),
    )


def count_episodes(residual: Array) -> int:
    """Return how many runs of (time,) samples lie more than five robust scatters off the median."""
    deviation = np.abs(residual - np.median(residual))
    off = deviation > EPISODE_SIGMA * 1.4826 * float(np.median(deviation))
    return int(np.count_nonzero(np.diff(off.astype(np.int8), prepend=0) == 1))


def contrasts_of(visits: Sequence[VisitView]) -> tuple[WindowContrast, ...]:
    """Return the windows of molecules in the data of all visits; nothing without any."""
    if not visits:
        return ()
    likelihoods = []
    for view in visits:
        widened = 1.0 if bool(view.transit["converged"]) else UNCONVERGED_VARIANCE
        precision, right = (view.transit[name] / widened for name in ("likelihood_precision", "likelihood_right"))
        likelihoods.append(DepthLikelihood(precision=precision, right=right, log_evidence=0.0))
    return window_contrasts(combine_visits(likelihoods), visits[0].transit["wavelength_um"])


def movers_of(made: Attribution | None, players: Sequence[str]) -> tuple[Mover, ...]:
    """Return what each player did; nothing where the planet was not explained."""
    if made is None:
        return ()
    airs = made.values[:, 1:]
    return tuple(Mover(name=name, level=float(row.mean()), shape=float(row.std())) for name, row in zip(players, airs, strict=True))

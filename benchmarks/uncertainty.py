"""Calibration of uncertainties on planets it has not seen: score and coverage before it, after the temperature, and after COREL.

Errors of a planet's bins are correlated, and 1.3 times their sigma, more in some bins than in others. "t4": heavy tails, the same
variance. "shifted": errors of the unseen planets are another 1.5 times larger than those of the calibration planets.

Run: .venv/bin/python benchmarks/uncertainty.py --help
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from spectramind.calibration.corel import fit_corel, gaussian_quantile
from spectramind.calibration.temperature import fit_temperature
from spectramind.evaluation.metric import official_metric

Array = NDArray[np.float64]

PLANETS = (30, 100, 400)
BINS, ALPHA = 283, 0.1
NAIVE_MEAN, NAIVE_SIGMA = 0.0146, 0.0105
OVERCONFIDENCE, PATTERN, SHIFT, FREEDOM = 1.3, 0.3, 1.5, 4.0
NEIGHBOURS = 6.0  # standard deviation, in bins, of the errors that neighbours share
SHARED, LOCAL, ALONE = 0.3, 0.5, 0.2  # of the variance


@dataclass(frozen=True, kw_only=True)
class Case:
    """Errors of one row of the table: degrees of freedom, or None for Gaussian, and how many times larger those of new planets are."""

    freedom: float | None
    shift: float


CASES = {
    "Gaussian": Case(freedom=None, shift=1.0),
    "t4": Case(freedom=FREEDOM, shift=1.0),
    "shifted": Case(freedom=None, shift=SHIFT),
}


@dataclass(frozen=True, kw_only=True)
class Planets:
    """(planet, bin) each."""

    truth: Array
    mu: Array
    sigma: Array


def draw(generator: np.random.Generator, planets: int, freedom: float | None, scale: float) -> Planets:
    """Return planets whose errors are `scale` times what the model usually makes."""
    wave = np.sin(np.linspace(0.0, 3.0 * np.pi, BINS))
    alone, local = generator.normal(size=(2, planets, BINS))
    local = gaussian_filter1d(local, NEIGHBOURS, axis=1, mode="wrap")
    shared = generator.normal(size=(planets, 1))
    errors = np.sqrt(SHARED) * shared + np.sqrt(LOCAL) * local / local.std() + np.sqrt(ALONE) * alone
    if freedom is not None:
        errors *= np.sqrt((freedom - 2.0) / generator.chisquare(freedom, size=(planets, 1)))
    depth = np.exp(generator.normal(np.log(0.012), 0.5, size=(planets, 1)))
    truth = depth * (1.0 + 0.01 * generator.normal(size=(planets, 1)) * wave)
    sigma = 8e-5 * np.exp(generator.normal(0.0, 0.3, size=(planets, 1))) * np.ones(BINS)
    mu = np.maximum(truth + scale * OVERCONFIDENCE * np.exp(PATTERN * wave) * sigma * errors, 0.0)
    return Planets(truth=truth, mu=mu, sigma=sigma)


def judge(known: Planets, new: Planets) -> tuple[Array, Array]:
    """Return (3,) scores and (3, bin) coverages before, after the temperature, and after COREL."""
    temperature = fit_temperature(known.truth, known.mu, known.sigma, by="score", naive_mean=NAIVE_MEAN, naive_sigma=NAIVE_SIGMA)
    corel = fit_corel(known.truth, known.mu, temperature.apply(known.sigma), alpha=ALPHA, shrink=True)
    tempered, reach = temperature.apply(new.sigma), gaussian_quantile(ALPHA)
    sigmas = (new.sigma, tempered, corel.apply(tempered))
    half_widths = (reach * new.sigma, reach * tempered, corel.half_width(tempered))
    score = [official_metric(new.truth, new.mu, sigma, naive_mean=NAIVE_MEAN, naive_sigma=NAIVE_SIGMA).unclipped for sigma in sigmas]
    inside = [(np.abs(new.truth - new.mu) <= half_width).mean(axis=0) for half_width in half_widths]
    return np.array(score), np.array(inside)


def main() -> None:
    """Print the table, a row a number of planets and a kind of errors; all means over calibration sets, of which the guarantee speaks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--unseen", type=int, default=1000, help="planets to judge by")
    parser.add_argument("--repeats", type=int, default=10, help="calibration sets a row")
    parser.add_argument("--seed", type=int, default=424242)
    arguments = parser.parse_args()
    steps = ("before", "temperature", "COREL")
    names = [f"{figure} {step}" for figure in ("score", f"in {1.0 - ALPHA:.0%}", "worst bin") for step in steps]
    print("| planets | errors | " + " | ".join(names) + " |\n|" + "---|" * (2 + len(names)))
    for planets in PLANETS:
        for name, case in CASES.items():
            generator = np.random.default_rng([arguments.seed, planets])
            new = draw(generator, arguments.unseen, case.freedom, case.shift)
            judged = [judge(draw(generator, planets, case.freedom, 1.0), new) for _ in range(arguments.repeats)]
            score, inside = (np.mean(figure, axis=0) for figure in zip(*judged, strict=True))
            shares = np.concatenate([inside.mean(axis=1), inside.min(axis=1)])
            cells = [f"{value:.4f}" for value in score] + [f"{100.0 * value:.1f} %" for value in shares]
            print(f"| {planets} | {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()

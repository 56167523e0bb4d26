"""What is known of the uncertainties of planets with a truth, and the tables made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from spectramind.calibration.left_out import LeftOut
from spectramind.evaluation import reliability
from spectramind.evaluation.metric import PPM
from spectramind.evaluation.reliability import SENSORS

Array = NDArray[np.float64]
Row = Mapping[str, object]

COVERED = (0.68, 0.9, 0.95)
MODEL, TEMPERATURE, CALIBRATED = "model", "temperature", "calibrated"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Predictions of planets whose truth is known, with sigma after every step of a calibration.

    Attributes:
        wavelength_um: (bin,) FGS1 first.
        truth, mu: (planet, bin) depths.
        sigma: Step -> (planet, bin) standard deviations; the last is the one in use.
        half_width: (planet, bin) of intervals with a guarantee of their own; None where there are only those of sigma.
        alpha: Share of truths that intervals may miss.
        classes: (planet,) what is thought of each planet; empty where nothing is.
        brightness: (planet,) of the stars, in electrons a time bin of FGS1, NaN where unknown; None where none is known.
    """

    wavelength_um: Array
    truth: Array
    mu: Array
    sigma: Mapping[str, Array]
    half_width: Array | None
    alpha: float
    classes: Sequence[str] = ()
    brightness: Array | None = None

    @cached_property
    def error(self) -> Array:
        """(planet, bin) truth - mu."""
        return np.asarray(self.truth - self.mu)

    @cached_property
    def z(self) -> dict[str, Array]:
        """Step -> (planet, bin) error / sigma."""
        return {step: self.error / sigma for step, sigma in self.sigma.items()}

    @cached_property
    def inside(self) -> dict[str, NDArray[np.bool_]]:
        """Intervals -> (planet, bin) whether the truth lies inside: Gaussian ones of every step, and those with a guarantee, last."""
        reach = float(ndtri(1.0 - 0.5 * self.alpha))
        outcomes = {step: np.abs(z) <= reach for step, z in self.z.items()}
        return outcomes if self.half_width is None else outcomes | {"intervals": np.abs(self.error) <= self.half_width}


def of_left_out(left_out: LeftOut) -> Judged:
    """Return what a calibration said of planets left out of its fit; steps that changed nothing are left out."""
    steps = {MODEL: left_out.sigma_model, TEMPERATURE: left_out.sigma_temperature}
    if not np.array_equal(left_out.sigma_calibrated, left_out.sigma_temperature):
        steps[CALIBRATED] = left_out.sigma_calibrated
    return Judged(
        wavelength_um=left_out.wavelength_um,
        truth=left_out.truth,
        mu=left_out.mu,
        sigma=steps,
        half_width=left_out.half_width,
        alpha=left_out.alpha,
        classes=tuple(str(name) for name in left_out.quality),
        brightness=left_out.brightness if np.isfinite(left_out.brightness).any() else None,
    )


def tables(judged: Judged) -> dict[str, list[Row]]:
    """Return name of a file -> rows; shares are fractions, depths ppm."""
    return {
        "coverage_by_bin": list(_by_bin(judged)),
        "coverage_by_level": list(_by_level(judged)),
        "coverage_by_tenth": list(_by_tenth(judged)),
        "z_by_tenth": list(_z_by_tenth(judged)),
        "reliability": list(_quantiles(judged)),
        "z_histogram": list(_z_histogram(judged)),
        "pit": list(_pit(judged)),
        "sharpness": list(_sharpness(judged)),
    }


def summary(judged: Judged) -> list[Row]:
    """Return a row a step and sensor: how large z is, coverage of Gaussian intervals, sharpness, and mean log-likelihood."""
    rows: list[Row] = []
    for step, sensor, z in _cells(judged):
        sigma = judged.sigma[step][:, SENSORS[sensor]]
        seen = reliability.coverage_by_level(z, COVERED).seen
        row = {"σ after": step, "sensor": sensor, "rms z": f"{np.sqrt((z**2).mean()):.3f}"}
        row |= {f"in {100.0 * level:.0f} %": f"{100.0 * share:.1f} %" for level, share in zip(COVERED, seen, strict=True)}
        likelihood = -0.5 * np.log(2.0 * np.pi) - np.log(sigma) - 0.5 * z**2
        rows.append(row | {"median σ (ppm)": f"{PPM * np.median(sigma):.1f}", "log-likelihood (nat)": f"{likelihood.mean():.4f}"})
    return rows


def by_class(judged: Judged) -> list[Row]:
    """Return a row a class of planets: how many there are, and the coverage of the last intervals against what is no surprise."""
    rows: list[Row] = []
    intervals, inside = list(judged.inside.items())[-1]
    classes = np.array(judged.classes)
    z = list(judged.z.values())[-1]
    for name in dict.fromkeys(judged.classes):
        own = classes == name
        trials = reliability.effective_number(inside[own])
        low, high = reliability.binomial_band(1.0 - judged.alpha, trials)
        row = {"class": name, "planets": int(own.sum()), "rms z": f"{np.sqrt((z[own] ** 2).mean()):.3f}"}
        rows.append(
            row | {f"inside ({intervals})": f"{100 * inside[own].mean():.1f} %", "no surprise": f"{100 * low:.1f} to {100 * high:.1f} %"}
        )
    return rows


def _by_bin(judged: Judged) -> Iterator[Row]:
    for intervals, inside in judged.inside.items():
        shares = reliability.coverage_by_bin(inside, 1.0 - judged.alpha)
        for place, wavelength_um in enumerate(judged.wavelength_um.tolist()):
            yield {"intervals": intervals, "bin": place, "wavelength_um": wavelength_um} | _share(shares, place)


def _by_level(judged: Judged) -> Iterator[Row]:
    for step, sensor, z in _cells(judged):
        shares = reliability.coverage_by_level(z)
        for place in range(shares.at.size):
            yield {"sigma": step, "sensor": sensor} | _share(shares, place)


def _by_tenth(judged: Judged) -> Iterator[Row]:
    for name, quantity in sorted_by(judged).items():
        for intervals, inside in judged.inside.items():
            shares = reliability.coverage_by_tenth(inside, quantity, 1.0 - judged.alpha)
            for place, at in enumerate(shares.at.tolist()):
                yield {"by": name, "intervals": intervals, "median": at} | _share(shares, place)


def _z_by_tenth(judged: Judged) -> Iterator[Row]:
    for name, quantity in sorted_by(judged).items():
        for step, sensor, z in _cells(judged):
            spread = reliability.spread_by_tenth(z, quantity)
            for place, at in enumerate(spread.at.tolist()):
                figures = {kind: float(getattr(spread, kind)[place]) for kind in ("planets", "mean", "deviation", "low", "high")}
                yield {"by": name, "sigma": step, "sensor": sensor, "median": at} | figures


def sorted_by(judged: Judged) -> dict[str, Array]:
    """Return what was known of the planets without the truth, (planet,): predicted depth, the model's sigma, brightness where known."""
    first = next(iter(judged.sigma.values()))
    known = {"predicted depth (ppm)": PPM * np.median(judged.mu, axis=1), "σ of the model (ppm)": PPM * np.median(first, axis=1)}
    return known if judged.brightness is None else known | {"brightness (10⁶ electrons a time bin)": 1e-6 * judged.brightness}


def _quantiles(judged: Judged) -> Iterator[Row]:
    for step, sensor, z in _cells(judged):
        found = reliability.quantiles(z)
        for probability, seen, gaussian, t4 in zip(found.probability, found.seen, found.gaussian, found.t4, strict=True):
            yield {"sigma": step, "sensor": sensor, "probability": probability, "seen": seen, "gaussian": gaussian, "t4": t4}


def _z_histogram(judged: Judged) -> Iterator[Row]:
    for step, sensor, z in _cells(judged):
        found = reliability.z_histogram(z)
        for low, high, seen, gaussian, t4 in zip(found.edges, found.edges[1:], found.seen, found.gaussian, found.t4, strict=False):
            yield {"sigma": step, "sensor": sensor, "z_from": low, "z_to": high, "seen": seen, "gaussian": gaussian, "t4": t4}


def _pit(judged: Judged) -> Iterator[Row]:
    for step, sensor, z in _cells(judged):
        shares = reliability.pit_histogram(z)
        for place, middle in enumerate(shares.at.tolist()):
            yield {"sigma": step, "sensor": sensor, "middle": middle} | _share(shares, place)


def _sharpness(judged: Judged) -> Iterator[Row]:
    for step, sigma in judged.sigma.items():
        for place, (low, middle, high) in enumerate(reliability.sharpness_ppm(sigma).T.tolist()):
            where = {"sigma": step, "bin": place, "wavelength_um": float(judged.wavelength_um[place])}
            yield where | {"p16_ppm": low, "median_ppm": middle, "p84_ppm": high}


def _cells(judged: Judged) -> Iterator[tuple[str, str, Array]]:
    for step, z in judged.z.items():
        for sensor, bins in SENSORS.items():
            yield step, sensor, z[:, bins]


def _share(shares: reliability.Shares, place: int) -> dict[str, object]:
    return {name: float(getattr(shares, name)[place]) for name in ("promised", "seen", "worth", "low", "high")}

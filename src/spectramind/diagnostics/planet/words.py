"""A planet's numbers in words: plausibility of the calibration, health of the fit, parameters with their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spectramind.diagnostics.figures.corner import draws
from spectramind.diagnostics.figures.style import PPM
from spectramind.diagnostics.planet.data import Array, VisitView, WhiteCurve
from spectramind.features.drift.slow_process import COHERENCE_VISITS, Kernel
from spectramind.features.tensors import KERNELS
from spectramind.features.transit_fit import MINIMUM_SIGNAL_TO_NOISE

# Name, unit and factor by which a gate is shown.
GATE_WORDS = {
    "adc_gain": ("Converter gain", "counts / electron", 1.0),
    "linearity_correction_ppm": ("Linearity correction, median of a pixel", "ppm", 1.0),
    "dark_electron_per_s": ("Dark current", "electrons / s", 1.0),
    "flat": ("Flat field, response relative to the mean", "", 1.0),
    "masked_fraction": ("Pixels without a measurement of their own", "%", 100.0),
}
BASELINE_H = 0.25
SCATTER_RANGE = (0.7, 1.5)
LARGEST_RED_NOISE = 1.5
RED_NOISE_H = 0.5
OUTLIER_SIGMA, MOST_OUTLIERS = 5.0, 1


@dataclass(frozen=True, kw_only=True)
class Check:
    """One question asked of the data; ``passed`` is None where the number is for information only."""

    name: str
    seen: str
    good: str
    passed: bool | None = None

    @property
    def status(self) -> str:
        """Word shown beside a colour."""
        return "info" if self.passed is None else ("pass" if self.passed else "look")


def gate_checks(gates: Sequence[dict[str, Any]]) -> list[Check]:
    """Return the gates of one sensor."""
    checks = []
    for gate in gates:
        name, unit, factor = GATE_WORDS.get(gate["name"], (gate["name"].replace("_", " "), "", 1.0))
        seen, good = (_span([factor * value for value in gate[key]], unit) for key in ("seen", "range"))
        checks.append(Check(name=name, seen=seen, good=good, passed=bool(gate["passed"])))
    return checks


def visit_checks(view: VisitView) -> list[Check]:
    """Return what the fit of one visit says about itself."""
    snr, noise, (fgs1, airs) = float(view.transit["search"][3]), view.transit["noise"], view.white
    checks = [
        Check(
            name="Transit found by the search: signal-to-noise",
            seen=f"{snr:.0f}",
            good=f"above {MINIMUM_SIGNAL_TO_NOISE:.0f}",
            passed=snr >= MINIMUM_SIGNAL_TO_NOISE,
        ),
        _complete(airs),
    ]
    for name, z in (("FGS1", (fgs1.residual / fgs1.sigma)[None]), ("AIRS-CH0, median bin", view.airs_z)):
        scatter = float(np.median(1.4826 * np.median(np.abs(z), axis=1)))
        good, passed = _span(SCATTER_RANGE, ""), SCATTER_RANGE[0] <= scatter <= SCATTER_RANGE[1]
        checks.append(Check(name=f"{name}: scatter over propagated noise", seen=f"{scatter:.2f}", good=good, passed=passed))
    checks += [check for curve in (fgs1, airs) for check in (_red(curve), _outliers(curve))]
    for curve, degree in ((fgs1, noise[0]), (airs, noise[1])):
        extent = float(np.ptp(curve.gain)) * PPM
        seen = f"order {degree:.0f}, {extent:,.0f} ppm peak to peak"
        checks.append(Check(name=f"{curve.sensor}: drift order chosen by evidence", seen=seen, good="far below the depth"))
    kernels = [KERNELS[int(place)] for place in noise[10:13]]
    slow = f"{noise[3] * PPM:.0f} ppm {_time(noise[4], kernels[0])}; {noise[2] * PPM:.0f} ppm from sample to sample"
    checks.append(Check(name="AIRS-CH0: noise common to all colours", seen=slow, good="tens of ppm or less"))
    fgs1_slow = f"{noise[5] * PPM:.0f} ppm {_time(noise[6], kernels[1])}"
    checks.append(Check(name="FGS1: slow noise that no polynomial follows", seen=fgs1_slow, good="tens of ppm or less"))
    coloured = f"{noise[7]:.2g} of the drift {_time(noise[8], kernels[2])}" if noise[9] else "drift not separable in colour and time"
    checks.append(Check(name="AIRS-CH0: part of the drift that no polynomial follows", seen=coloured, good="none or little"))
    standstill = bool(view.transit["converged"])
    checks.append(Check(name="Fit came to a standstill", seen="yes" if standstill else "no", good="yes", passed=standstill))
    travel_px = np.ptp(view.fgs1["centroid"], axis=0)
    seen = f"{travel_px[0]:.3f} × {travel_px[1]:.3f} px"
    checks.append(Check(name="FGS1: travel of the centroid", seen=seen, good="a small part of a pixel"))
    return checks


def _time(time_h: float, kernel: Kernel) -> str:
    return f"in cycles of {time_h:.1f} h" if kernel in COHERENCE_VISITS else f"over {time_h:.1f} h ({kernel})"


def _outliers(curve: WhiteCurve) -> Check:
    """Samples far off the fit: a pointing episode, a cosmic ray, a bump."""
    deviation = np.abs(curve.residual - np.median(curve.residual))
    count = int((deviation > OUTLIER_SIGMA * 1.4826 * np.median(deviation)).sum())
    seen, good = f"{count} of {deviation.size}", f"at most {MOST_OUTLIERS}"
    name = f"{curve.sensor}: white-light samples more than {OUTLIER_SIGMA:.0f}σ off the fit"
    return Check(name=name, seen=seen, good=good, passed=count <= MOST_OUTLIERS)


def red_noise(curve: WhiteCurve) -> float:
    """Return the scatter of half-hour means over that of white noise with the samples' scatter (beta of Winn et al. 2008)."""
    size = max(round(RED_NOISE_H / float(np.median(np.diff(curve.time_h)))), 2)
    count = curve.residual.size // size
    if count < 3:
        return float("nan")
    means = curve.residual[: count * size].reshape(count, size).mean(axis=1)
    return float(means.std(ddof=1) / (curve.residual.std(ddof=1) / np.sqrt(size)))


def _red(curve: WhiteCurve) -> Check:
    """Waves slower than a sample; with fewer than three half-hours nothing can be said."""
    red = red_noise(curve)
    known = bool(np.isfinite(red))
    return Check(
        name=f"{curve.sensor}: half-hour means over what white noise leaves",
        seen=f"{red:.2f}" if known else "too few samples to say",
        good=f"below {LARGEST_RED_NOISE}",
        passed=red < LARGEST_RED_NOISE if known else None,
    )


def _complete(curve: WhiteCurve) -> Check:
    """Both contacts with a stretch of baseline outside: without it depth and drift cannot be told apart."""
    inside = np.flatnonzero(curve.in_transit)
    first, last = (int(inside[0]), int(inside[-1])) if inside.size else (0, curve.time_h.size - 1)
    before_h, after_h = curve.time_h[first] - curve.time_h[0], curve.time_h[-1] - curve.time_h[last]
    before = "ingress not seen" if first == 0 else f"{before_h:.1f} h before ingress"
    after = "egress not seen" if last == curve.time_h.size - 1 else f"{after_h:.1f} h after egress"
    passed = bool(min(before_h, after_h) >= BASELINE_H)
    return Check(
        name="Whole transit seen, with baseline on both sides", seen=f"{before}, {after}", good=f"{BASELINE_H} h or more", passed=passed
    )


def parameter_rows(view: VisitView) -> list[tuple[str, str]]:
    """Return the main parameters with their uncertainty as text."""
    transit, sample = view.transit, draws(view)
    shared, sigma_h = transit["shared"], transit["shared_sigma"]
    depth, depth_sigma = view.white_depth
    return [
        ("Mid-transit time, AIRS-CH0 (h)", f"{shared[0]:.5f} ± {sigma_h[0]:.5f}"),
        ("FGS1 minus AIRS-CH0 mid-time (s)", f"{shared[1] * 3600:.1f} ± {sigma_h[1] * 3600:.1f}"),
        ("Semi-major axis a / R★", f"{_central(sample[1], 3)}   (catalogue {view.star.semimajor_axis:.2f})"),
        ("Impact parameter b", f"{_central(sample[2], 3)}   (catalogue {view.star.impact_parameter:.2f})"),
        ("FGS1 limb darkening u1", _central(sample[3], 3)),
        ("FGS1 limb darkening u2", _central(sample[4], 3)),
        ("FGS1 depth (ppm)", f"{transit['depth'][0] * PPM:.0f} ± {view.sigma[0] * PPM:.0f}"),
        ("White AIRS-CH0 depth (ppm)", f"{depth * PPM:.0f} ± {depth_sigma * PPM:.0f}"),
    ]


def step_rows(steps: Sequence[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Return name, status and counts of each step of the detector's chain."""
    rows = []
    for step in steps:
        counts = ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in step["counts"].items())
        rows.append((str(step["name"]).replace("_", " "), str(step["status"]), counts))
    return rows


def _central(values: Array, digits: int) -> str:
    low, middle, high = np.percentile(values, [15.87, 50.0, 84.13])
    return f"{middle:.{digits}f} +{high - middle:.{digits}f} −{middle - low:.{digits}f}"


def _span(values: Sequence[float], unit: str) -> str:
    low, high = (f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}" for value in values)
    text = low if low == high else f"{low} to {high}"
    return f"{text} {unit}".strip()

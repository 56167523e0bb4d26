"""Maps over wavelength bins: how smooth spectra are, what noise the fits left, which constraints are broken, and what the network heeds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.bin_lines import per_bin_figure
from spectramind.diagnostics.figures.maps import attention_map, bin_power_map, planet_power_map, violation_map
from spectramind.diagnostics.figures.residual_map import residual_heat_map
from spectramind.diagnostics.latents.vectors import Latents, latents_of, latents_path
from spectramind.diagnostics.run_data import RunData
from spectramind.diagnostics.section import Panel, Section
from spectramind.diagnostics.violations import violation_maps, violations
from spectramind.utils.errors import SpectraMindError

Array = NDArray[np.float64]

NAME, TITLE = "maps", "Maps over bins"
LEAD = (
    "FGS1 has a panel of its own; beside it the bins of AIRS lie side by side, below strips that are the windows of the molecules. The "
    "planets that stand out most are on top."
)


def section(run: RunData) -> Section:
    """Return the maps of a run; those of features and network are left out, with the reason, where there are none."""
    panels = [*_smoothness(run), *_violations(run)]
    try:
        latents = latents_of(run)
    except SpectraMindError as error:
        lead = f"{LEAD} Maps of the residual power and of the attention are missing: {error}. Next: {error.hint}"
        return Section(name=NAME, title=TITLE, lead=lead, panels=tuple(panels))
    panels += [*_power(run, latents), *_attention(run, latents)]
    return Section(name=NAME, title=TITLE, lead=LEAD, panels=tuple(panels))


def curvature(mu: Array, sigma: Array) -> Array:
    """Return the second difference of spectra, (mu_{i+1} - 2 mu_i + mu_{i-1}) / sigma_i, of (planet, bin) depths and their sigma.

    It is 0 at FGS1, whose neighbour is far away, and at the first and last bin of AIRS. Errors of neighbours go together, so that an
    honest, smooth spectrum stays far below the sqrt(6) of independent errors.
    """
    found = np.zeros(mu.shape)
    found[:, 2:-1] = (mu[:, 3:] - 2.0 * mu[:, 2:-1] + mu[:, 1:-2]) / sigma[:, 2:-1]
    return found


def _smoothness(run: RunData) -> list[Panel]:
    bent = curvature(run.mu, run.sigma)
    order = np.argsort(-np.abs(bent).max(axis=1), kind="stable")
    size = np.where(np.arange(bent.shape[1]) < 2, np.nan, np.abs(bent))
    size[:, -1] = np.nan
    lines = {name: np.percentile(size, share, axis=0) for name, share in (("median planet", 50.0), ("one planet in twenty", 95.0))}
    ids = [run.planet_ids[row] for row in order]
    heat = residual_heat_map(bent[order], run.wavelength_um, ids, "Second difference of the depths, in σ")
    grain = (
        "Good: almost blank. A red and blue pair is a spike in one planet; a column is a bin that is off in all of them. FGS1 has no "
        "neighbours and stays blank."
    )
    low = (
        "Good: well below 1 in every bin; FGS1 and both ends of AIRS lack a neighbour, and have no value. A peak in most planets is the "
        "detector's, one inside a window may be a molecule's."
    )
    figure = per_bin_figure(lines, run.wavelength_um, title="Size of the second difference of each bin", quantity="|second difference| (σ)")
    return [
        Panel(name="smoothness-map", title="Smoothness", good=grain, figure=heat, sources=(run.submission,), wide=True),
        Panel(name="smoothness-bins", title="Smoothness of each bin", good=low, figure=figure, sources=(run.submission,), wide=True),
    ]


def _violations(run: RunData) -> list[Panel]:
    excess = violation_maps(run.mu, run.wavelength_um, run.config)
    worst = np.maximum.reduce(list(excess.values()))
    order = np.argsort(-worst.max(axis=1), kind="stable")
    flags = violations(run.mu, run.wavelength_um, run.config)
    rows = [
        {
            "constraint": name,
            "planets that violate it": int(broken.sum()),
            "share (%)": float(100.0 * broken.mean()),
            "largest excess / tolerance": float(excess[name].max()) if name in excess else None,
        }
        for name, broken in flags.items()
    ]
    figure = violation_map(worst[order], [run.planet_ids[row] for row in order], run.wavelength_um)
    blank = "Good: blank. Colour is where smoothness, sign, molecular coherence or the seam is broken, in units of what is tolerated."
    return [
        Panel(
            name="violations",
            title="Constraints",
            good="Good: no planet. The ratio of band areas belongs to no bin.",
            rows=rows,
            sources=(run.submission,),
            wide=True,
        ),
        Panel(name="violation-map", title="Violations", good=blank, figure=figure, sources=(run.submission,), wide=True),
    ]


def _power(run: RunData, latents: Latents) -> list[Panel]:
    known = np.asarray(np.isfinite(latents.fft_power).all(axis=(1, 2)))
    power, sources = latents.fft_power[known], (latents_path(run.workspace),)
    of_planets = np.median(power, axis=1)
    order = np.argsort(-np.abs(np.log(np.maximum(of_planets, 1e-3))).max(axis=1), kind="stable")
    ids = [planet_id for planet_id, there in zip(run.planet_ids, known, strict=True) if there]
    of_bins = bin_power_map(np.median(power, axis=0), run.wavelength_um, title="Residual power of each bin, median over planets")
    planets = planet_power_map(of_planets[order], [ids[row] for row in order], title="Residual power of each planet, median over bins")
    white = "Good: pale. A red lowest row is drift that the fit left; a red column is a bin noisier than propagated, a blue one quieter."
    alike = (
        "Good: pale. Red at low frequencies is a planet with drift or an odd transit left over; red in all bands is one with more noise."
    )
    return [
        Panel(name="fft-bins", title="Residual power of each bin", good=white, figure=of_bins, sources=sources, wide=True),
        Panel(name="fft-planets", title="Residual power of each planet", good=alike, figure=planets, sources=sources, wide=True),
    ]


def _attention(run: RunData, latents: Latents) -> list[Panel]:
    known = np.asarray(np.isfinite(latents.attention).all(axis=1)) & (latents.edges.size > 0)
    if not known.any():
        return []
    row, why = worst_planet(run, known)
    mean = attention_map(latents.edges, latents.attention[known].mean(axis=0), run.wavelength_um, title="Attention, mean over planets")
    own_title = f"Attention for planet {run.planet_ids[row]}, {why}"
    own = attention_map(latents.edges, latents.attention[row], run.wavelength_um, title=own_title)
    spread = "Good: the diagonal, where neighbours are, and blocks that join windows of one molecule; no single column that all listen to."
    alike = "Good: like the mean. Where it differs, the network heeds other bins than usual; see there the planet's own page."
    return [
        Panel(name="attention-mean", title="Attention", good=spread, figure=mean, sources=(latents_path(run.workspace),)),
        Panel(
            name="attention-worst", title="Attention for the worst planet", good=alike, figure=own, sources=(latents_path(run.workspace),)
        ),
    ]


def worst_planet(run: RunData, among: NDArray[np.bool_]) -> tuple[int, str]:
    """Return the row of the planet that misses the truth by most sigma, or of the least certain one where no truth is known, and which."""
    if run.truth is not None:
        rms = np.sqrt((((run.mu - run.truth) / run.sigma) ** 2).mean(axis=1))
        judged = np.where(among & np.isfinite(rms), rms, -np.inf)
        if np.isfinite(judged).any():
            return int(judged.argmax()), "which misses the truth by most σ"
    return int(np.where(among, np.median(run.sigma, axis=1), -np.inf).argmax()), "the least certain one"

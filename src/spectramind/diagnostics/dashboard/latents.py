"""The planets as the model sees them: maps of their latents, coloured by violation, entropy, noise, quality and depth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.latents import Colouring, latent_map
from spectramind.diagnostics.figures.style import PPM
from spectramind.diagnostics.latents.embeddings import FEWEST, METHODS
from spectramind.diagnostics.latents.physical import fft_class
from spectramind.diagnostics.latents.vectors import Latents, latents_of, latents_path
from spectramind.diagnostics.run_data import RunData
from spectramind.diagnostics.section import Panel, Section
from spectramind.diagnostics.violations import violations
from spectramind.utils.errors import SpectraMindError

Array = NDArray[np.float64]

NAME, TITLE = "latents", "Latent space"
LEAD = (
    "Planets that the model sees alike lie close together. Groups, gradients and strays tell what it has learned, and which planets are "
    "unlike all others."
)
SPACES = {
    "fused": "fused latent",
    "light": "latent of the FGS1 light curve",
    "spectrum": "latent of the AIRS spectrum",
    "physics": "spectral shape and light curve",
}
GOOD = {
    "PCA": "Good: gradients with depth and entropy. Distances count. Violations or poor quality in a corner of their own have a cause.",
    "t-SNE": "Good: violations and poor quality spread among the others. Who is near counts, distances between groups do not.",
    "UMAP": "Good: violations and poor quality spread among the others. Groups count, their sizes and distances hardly do.",
}


def section(run: RunData) -> Section:
    """Return the maps of a run; latents are made if they are not there yet, and kept in outputs/diagnostics/latents.npz."""
    try:
        latents = latents_of(run)
    except SpectraMindError as error:
        return Section(name=NAME, title=TITLE, lead=LEAD, absent=f"{error}. Next: {error.hint}")
    shown = colourings(run, latents)
    panels = [
        Panel(
            name=f"latents-{space}-{method.lower()}",
            title=f"{method}: {SPACES[space]}",
            good=GOOD[method],
            figure=latent_map(latents.maps[space, method], shown, f"{method} of the {SPACES[space]}"),
            sources=(latents_path(run.workspace),),
        )
        for space in latents.vectors
        for method in METHODS
        if (space, method) in latents.maps
    ]
    few = "" if len(run.planet_ids) >= FEWEST else f" With fewer than {FEWEST} planets there are no neighbourhoods: only PCA is shown."
    return Section(name=NAME, title=TITLE, lead=LEAD + few, panels=tuple(panels))


def colourings(run: RunData, latents: Latents) -> tuple[Colouring, ...]:
    """Return what planets are coloured by, in the order of the menu.

    Entropy is the mean over bins of ln(sigma / mu), that of the predicted Gaussians relative to the depth but for a constant.
    """
    entries = [run.manifest["planets"][planet_id] for planet_id in run.planet_ids]
    relative = np.log(run.sigma / np.maximum(np.abs(run.mu), np.finfo(np.float64).tiny))
    found = [
        Colouring(name="violation", values=broken_terms(violations(run.mu, run.wavelength_um, run.config))),
        Colouring(name="entropy: mean ln(σ / depth)", values=relative.mean(axis=1)),
        Colouring(name="residual power (FFT class)", values=fft_class(latents.fft_power)),
        Colouring(name="status", values=[str(entry["status"]) for entry in entries]),
        Colouring(name="white depth (ppm)", values=run.mu[:, 1:].mean(axis=1) * PPM),
    ]
    if all("quality" in entry for entry in entries):
        found.insert(4, Colouring(name="quality", values=[str(entry["quality"]) for entry in entries]))
    if run.truth is not None:
        found.append(Colouring(name="rms of z (σ)", values=np.sqrt((((run.mu - run.truth) / run.sigma) ** 2).mean(axis=1))))
    return tuple(found)


def broken_terms(flags: dict[str, NDArray[np.bool_]]) -> Sequence[str]:
    """Return for every planet the constraint that it violates, ``none`` or ``several``."""
    names = list(flags)
    table = np.stack(list(flags.values()), axis=1)
    return ["none" if not row.any() else "several" if row.sum() > 1 else names[int(row.argmax())] for row in table]

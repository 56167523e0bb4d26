"""The latents of a run's planets, their maps in the plane and what the network attended to, made once and kept beside the dashboard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.latents.embeddings import embeddings
from spectramind.diagnostics.latents.physical import LIGHT_CURVE_FEATURES, light_curve_facts, physical_vectors
from spectramind.diagnostics.run_data import RunData
from spectramind.diagnostics.submitted_network import open_submitted_network
from spectramind.features.build import KINDS, features_by
from spectramind.features.planet_prior import PriorByPlanet
from spectramind.features.tensors import FFT_BANDS
from spectramind.training.load import VisitFeatures, example_of, read_features
from spectramind.utils.errors import InputDataError, SpectraMindError
from spectramind.utils.products import commit_product, committed_entry
from spectramind.utils.runs import Workspace
from spectramind.utils.source_version import source_version

if TYPE_CHECKING:
    from spectramind.inference.network_ensemble import Insight

Array = NDArray[np.float64]

# Spaces of a network run, as an `Insight` names them, and the one of a run by physics alone.
NETWORK_SPACES, PHYSICS_SPACE = ("fused", "light", "spectrum"), "physics"
_SOURCES = tuple(f"diagnostics/latents/{name}.py" for name in ("vectors", "embeddings", "physical"))


@dataclass(frozen=True, kw_only=True)
class Latents:
    """Planets as the model sees them, in the order of the submission; NaN where the model has not seen a planet.

    Attributes:
        vectors: Space -> (planet, feature): those of NETWORK_SPACES, or PHYSICS_SPACE.
        maps: (space, method) -> (planet, 2) coordinates of the standardised vectors, without unit.
        fft_power: (planet, bin, band) mean power of the residuals in units of their noise, low frequencies first.
        edges: (2, edge) bin that is heard, bin that hears; no edge for a run without network or graph.
        attention: (planet, edge) share of its attention that a bin gives, mean over members, layers and heads.
    """

    vectors: dict[str, Array]
    maps: dict[tuple[str, str], Array]
    fft_power: Array
    edges: NDArray[np.int64]
    attention: Array


def latents_path(workspace: Workspace) -> Path:
    """Where they are kept: outputs/diagnostics/latents.npz, with what they were made of beside it."""
    return workspace.outputs / "diagnostics" / "latents.npz"


def latents_of(run: RunData) -> Latents:
    """Return the latents of a run: read where they were made of this submission and these features with this seed, else made and kept.

    Raises:
        InputDataError: If no planet has features, or the networks are no longer those that made the submission.
        ConfigError: If the configuration asks for another network than was trained.
    """
    path = latents_path(run.workspace)
    provenance = {
        "config": run.manifest["config_hash"],
        "submission": run.manifest["submission"]["sha256"],
        "features": features_by(run.config, run.dataset),
        "seed": run.config.global_.seed,
        "code": source_version(*_SOURCES),
    }
    arrays = _kept(path, provenance)
    if arrays is None:
        arrays = _arrays(make_latents(run))
        commit_product(path, arrays, {"provenance": provenance})
    return _latents(arrays)


def make_latents(run: RunData) -> Latents:
    """Make the latents of a run and map them; errors are those of `latents_of`.

    A run of a network has the pooled latents of its ensemble (`Insight`). A run of the physics alone has one vector a planet
    (`physical_vectors`).
    """
    network = run.manifest["model"]["kind"] == "network"
    ensemble = open_submitted_network(run) if network else None
    planets = len(run.planet_ids)
    fft_power = np.full((planets, run.wavelength_um.size, FFT_BANDS), np.nan)
    light_curves = np.full((planets, len(LIGHT_CURVE_FEATURES)), np.nan)
    insights: dict[int, Insight] = {}
    prior = PriorByPlanet(run.config, run.workspace, run.dataset)
    for row, measured in _measured(run, KINDS if network else ("airs_bins", "transit")):
        facts = light_curve_facts(measured)
        fft_power[row], light_curves[row] = facts.fft_power, facts.vector
        if ensemble is not None:
            try:
                insights[row] = ensemble.look_into(example_of(run.planet_ids[row], measured, config=run.config, prior=prior))
            except (SpectraMindError, np.linalg.LinAlgError, ValueError):  # predicted by physics, as the manifest says
                continue
    if not (insights if network else np.isfinite(light_curves).any()):
        hint = f"spectramind features data.split={run.split}, then spectramind predict --out-csv FILE"
        raise InputDataError("no planet of the submission has features", where=str(run.workspace.features), hint=hint)
    vectors = _network_vectors(insights, planets) if network else {PHYSICS_SPACE: physical_vectors(run.mu, light_curves)}
    heard = {row: insight.attention for row, insight in insights.items() if insight.attention is not None}
    return Latents(
        vectors=vectors,
        maps=_maps(vectors, run.config.global_.seed),
        fft_power=fft_power,
        edges=ensemble.edges if ensemble is not None and heard else np.empty((2, 0), dtype=np.int64),
        attention=_rows(heard, planets) if heard else np.empty((planets, 0)),
    )


def _measured(run: RunData, kinds: Sequence[str]) -> Iterator[tuple[int, list[VisitFeatures]]]:
    """Yield the row of every planet that has features, and what can be read of its visits; the submission's manifest says why not."""
    made_by = features_by(run.config, run.dataset)
    for row, planet_id in enumerate(run.planet_ids):
        measured = []
        for visit in run.dataset.visits(run.split, planet_id):
            try:
                measured.append(read_features(run.workspace, visit, made_by, kinds))
            except InputDataError:
                continue
        if measured:
            yield row, measured


def _network_vectors(insights: Mapping[int, Insight], planets: int) -> dict[str, Array]:
    """Return the latents of every space; an ablated encoder, whose latents are all 0, has none."""
    spaces = {space: {row: getattr(insight, space) for row, insight in insights.items()} for space in NETWORK_SPACES}
    return {space: _rows(own, planets) for space, own in spaces.items() if any(values.any() for values in own.values())}


def _rows(values: Mapping[int, NDArray[np.float32]], planets: int) -> Array:
    """Return (planet, .) with NaN in the rows that have no values."""
    whole = np.full((planets, next(iter(values.values())).size), np.nan)
    for row, own in values.items():
        whole[row] = own
    return whole


def _maps(vectors: Mapping[str, Array], seed: int) -> dict[tuple[str, str], Array]:
    maps = {}
    for space, values in vectors.items():
        known = np.isfinite(values).all(axis=1)
        for method, found in embeddings(values[known], seed).items():
            maps[space, method] = np.full((len(values), 2), np.nan)
            maps[space, method][known] = found
    return maps


def _arrays(latents: Latents) -> dict[str, NDArray[Any]]:
    """Return what is written, in no more digits than figures show."""
    own: dict[str, NDArray[Any]] = {
        "fft_power": latents.fft_power.astype(np.float32),
        "attention": latents.attention.astype(np.float16),
        "edges": latents.edges,
    }
    own |= {f"vector_{space}": values.astype(np.float32) for space, values in latents.vectors.items()}
    return own | {f"map_{space}_{method}": values for (space, method), values in latents.maps.items()}


def _kept(path: Path, provenance: Mapping[str, Any]) -> dict[str, NDArray[Any]] | None:
    """Return what was written, None where it is not there, damaged, or was made of something else."""
    entry = committed_entry(path)
    if entry is None or entry.get("provenance") != provenance:
        return None
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def _latents(arrays: Mapping[str, NDArray[Any]]) -> Latents:
    parts = {name: name.split("_", 2) for name in arrays}
    return Latents(
        vectors={own[1]: arrays[name].astype(np.float64) for name, own in parts.items() if own[0] == "vector"},
        maps={(own[1], own[2]): arrays[name] for name, own in parts.items() if own[0] == "map"},
        fft_power=arrays["fft_power"].astype(np.float64),
        edges=arrays["edges"],
        attention=arrays["attention"].astype(np.float64),
    )

"""A workspace in which every section of the dashboard has something to show, of any number of planets, drawn by chance.

What takes hours in earnest (visits, network, training, explanations) is put where the stages would leave it; one visit is fitted, and
stands for those of the explained planets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_dashboard
import tiny_dataset
import tiny_left_out
import tiny_transit
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from spectramind.calibration.left_out import write_left_out
from spectramind.calibration.store import RECORD_NAME
from spectramind.data.identifiers import VisitId
from spectramind.diagnostics.explanation.explain import provenance_of
from spectramind.diagnostics.explanation.games import player_names
from spectramind.diagnostics.explanation.players import DepthPlayers
from spectramind.diagnostics.explanation.store import Explanations, store_path, write_explanations
from spectramind.diagnostics.latents import vectors
from spectramind.diagnostics.latents.embeddings import embeddings
from spectramind.diagnostics.latents.vectors import NETWORK_SPACES, Latents
from spectramind.diagnostics.run_data import RunData
from spectramind.features.build import feature_path, features_by
from spectramind.features.tensors import FFT_BANDS, airs_bins, fgs1_white, transit_summary
from spectramind.features.transit_fit import fit_transit
from spectramind.inference.uncertainty import calibration_folder
from spectramind.training.curriculum import PHASES
from spectramind.training.ensemble import EnsembleRecord, MemberRecord, checkpoints_folder, write_record
from spectramind.training.journal import Journal, JournalLine
from spectramind.utils.artifacts import write_json, write_text
from spectramind.utils.products import commit_product, update_manifest
from spectramind.utils.run_profile import StageUsage, diagnostics_folder, write_profile
from spectramind.utils.runs import Workspace
from spectramind.utils.sampling import Sample

NEIGHBOURS, LATENT_WIDTH, LEFT_OUT_PLANETS, AIRS_UM = 8, 16, 200, 1.95
EVERY_SET_ASIDE = 10
STAGES = ("calibrate", "features", "predict")


def write_run(
    folder: Path, planets: tuple[str, ...], *, bins: int, explained: int = 3, epochs: int = 6, seed: int = 5
) -> tiny_dashboard.TinyRun:
    """Write dataset, submission, truth and everything behind the sections; the latents are made by `latents_drawn`.

    Args:
        bins: FGS1 and AIRS from 2.05 to 4 um.
        explained: Planets with an explanation and with features.
        epochs: Of every phase of the training.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny_dataset, "LAST_BIN", tiny_dataset.FIRST_BIN + bins - 2)
        patch.setattr(tiny_dataset, "BIN_UM", AIRS_UM / (bins - 1))
        patch.setattr(tiny_dataset, "AIRS", replace(tiny_dataset.AIRS, columns=bins + 3))
        written = tiny_dashboard.write_run(folder, planets, seed)
    for planet in planets:
        for sensor in ("FGS1", "AIRS-CH0"):
            path = written.config.data.raw_dir / "test" / planet / f"{sensor}_signal_0.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    generator, run, workspace = np.random.default_rng(seed), written.load(), written.workspace
    aside = {"status": "set aside", "reason": "the dark of AIRS-CH0 is not finite in 4 % of the pixels"}
    update_manifest(workspace.calibrated, {f"test/planet_{planet}_1": aside for planet in planets[::EVERY_SET_ASIDE]})
    _write_left_out(workspace, bins)
    _write_explanations(run, explained, generator)
    _write_features(run, planets[:explained])
    _write_trainings(run, epochs, generator)
    _write_telemetry(workspace, len(planets))
    return written


@contextmanager
def latents_drawn(seed: int = 3) -> Iterator[None]:
    """Let the latents of a run be drawn as a network would leave them, and be mapped in earnest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectors, "make_latents", lambda run: draw_latents(run, np.random.default_rng(seed)))
        yield


def draw_latents(run: RunData, generator: np.random.Generator) -> Latents:
    """Draw three spaces of vectors, residual power, and attention to neighbours."""
    planets, bins = run.mu.shape
    hears = np.repeat(np.arange(bins), NEIGHBOURS)
    heard = (hears + np.tile(np.arange(NEIGHBOURS) - NEIGHBOURS // 2, bins)) % bins
    drawn = {space: generator.standard_normal((planets, LATENT_WIDTH)) for space in NETWORK_SPACES}
    return Latents(
        vectors=drawn,
        maps={(space, method): found for space, own in drawn.items() for method, found in embeddings(own, run.config.global_.seed).items()},
        fft_power=generator.gamma(20.0, 0.05, (planets, bins, FFT_BANDS)),
        edges=np.stack([heard, hears]),
        attention=generator.dirichlet(np.ones(NEIGHBOURS), (planets, bins)).reshape(planets, -1),
    )


def _write_left_out(workspace: Workspace, bins: int) -> None:
    folder = calibration_folder(workspace)
    folder.mkdir(parents=True)
    write_json(folder / RECORD_NAME, {"left_out": write_left_out(folder, tiny_left_out.left_out(LEFT_OUT_PLANETS, bins))})


def _write_explanations(run: RunData, explained: int, generator: np.random.Generator) -> None:
    players = player_names(DepthPlayers.of(run.wavelength_um), network=True)
    ids, bins = run.planet_ids[:explained], run.wavelength_um.size
    values = generator.normal(0.0, 1e-4, (explained, len(players), bins))
    made = Explanations(
        planet_ids=ids,
        chosen=tuple(("worst", "best", "random")[place * 3 // explained] for place in range(explained)),
        players=players,
        wavelength_um=run.wavelength_um,
        base=run.mu[:explained] - values.sum(axis=1),
        values=values,
        standard_error=np.full_like(values, 3e-6),
        set_aside={},
        model_kind="network",
        background=run.planet_ids[explained : explained + 8],
    )
    write_explanations(store_path(run.workspace), made, provenance_of(run))


def _write_features(run: RunData, planets: tuple[str, ...]) -> None:
    """Fit one visit with the bins of the run, and let it stand for one of each planet."""
    series = tiny_transit.make_visit(np.full(run.wavelength_um.size, 0.012), noise=2e-4)
    with threadpool_limits(1):
        fit = fit_transit(series, tiny_transit.STAR)
    arrays: dict[str, dict[str, NDArray[np.generic]]] = {
        "fgs1_white": fgs1_white(series, fit),
        "airs_bins": airs_bins(series, fit),
        "transit": transit_summary(series, fit),
    }
    version, key, entries = features_by(run.config, run.dataset), "f" * 64, {}
    for planet in planets:
        visit = VisitId("test", planet, 0)
        for kind, own in arrays.items():
            commit_product(feature_path(run.workspace, kind, visit, key), own, {"key": key, "version": version})
        entries[visit.key] = {"status": "built", "version": version, "key": key}
    update_manifest(run.workspace.features, entries)


def _write_trainings(run: RunData, epochs: int, generator: np.random.Generator) -> None:
    """Write the journals of five folds of every phase, their record, and the table of an ablation."""
    folds = range(run.config.train.folds)
    for place, phase in enumerate(PHASES):
        key = f"{place:064x}"
        for fold in folds:
            journal = Journal(checkpoints_folder(run.workspace, phase) / key[:12] / f"fold_{fold}" / "journal.jsonl")
            for epoch in range(epochs + 1):
                journal.append(_epoch(phase, fold, epoch, generator))
        members = tuple(
            MemberRecord(fold=fold, checkpoint="", sha256="0" * 64, epoch=epochs, epochs=epochs, metrics={"total_val": 1.0})
            for fold in folds
        )
        write_record(
            run.workspace,
            EnsembleRecord(
                key=key,
                phase=phase,
                model={},
                sigma_min=1e-6,
                seed=1,
                splits_sha256="",
                fold_of={},
                seam_bins=(),
                wavelength_um=tuple(run.wavelength_um.tolist()),
                data_hash="",
                training_sha256="",
                started_from="",
                set_aside={},
                members=members,
            ),
        )
    table = ["rank,variant,score_mean,score_std,to_base_mean,to_base_std,effect", "1,base,0.62,0.01,0,0,"]
    write_text(run.workspace.outputs / "ablation" / "ablation.csv", "\n".join([*table, "2,no_graph,0.6,0.01,-0.02,0.004,helps"]) + "\n")


def _epoch(phase: str, fold: int, epoch: int, generator: np.random.Generator) -> JournalLine:
    sunk = float(np.exp(-0.3 * epoch) + 0.02 * generator.standard_normal())
    metrics = {"total_val": 1.1 + sunk, "symbolic_val": 1e-6, "symbolic_smoothness_val": 1e-6 * (0.1 + sunk**2)}
    scored = {"score_val": 0.6 - 0.3 * sunk} if phase == "supervised" else {}
    losses = {"total": 1.0 + sunk} | ({"score": 0.65 - 0.3 * sunk} if scored else {}) if epoch else {}
    return JournalLine(
        event="epoch",
        phase=phase,
        fold=fold,
        epoch=epoch,
        step=12 * epoch,
        losses=losses,
        metrics=metrics | scored,
        learning_rate=1e-3 * float(np.cos(epoch / 50.0)),
        seconds=2.0 * epoch,
    )


def _write_telemetry(workspace: Workspace, planets: int) -> None:
    """Write what three sampled calls of `run` leave, and the slowest operations of a training."""
    event = {"sha": "a" * 40, "cfg": "b" * 64, "host": "h", "seed": 1, "exit_code": 0}
    events = []
    for hour in range(3):
        moment, seconds = f"2026-01-0{hour + 1}T04:00:00Z", dict(zip(STAGES, (900.0, 1500.0, 120.0), strict=True))
        counts = {"calibrate/done": planets, "features/done": planets, "predict/planets": planets}
        metrics = {f"stage_s/{name}": value for name, value in seconds.items()} | counts
        events.append({"ts": moment, "cmd": "run", "dur_ms": 1000.0 * sum(seconds.values()), "metrics": metrics, **event})
        samples = [
            Sample(elapsed_s=step + 1.0, stage=STAGES[step // 500], processes=3, cpu_s=1.8 * (step + 1), rss_mib=900.0 + step / 10.0)
            for step in range(1500)
        ]
        usages = [_usage(moment, name, wall_s, planets) for name, wall_s in seconds.items()]
        write_profile(workspace, samples, [*usages, _usage(moment, "run", sum(seconds.values()), planets)], keep=10)
    write_text(workspace.events_path, "".join(f"{json.dumps(each)}\n" for each in events))
    rows = [f"aten::operation_{place},{9 - place},{90.0 / (place + 1):.3g},100,0" for place in range(9)]
    table = "\n".join(["operation,calls,self_cpu_ms,cpu_ms,self_device_ms", *rows]) + "\n"
    write_text(diagnostics_folder(workspace) / "operators_supervised.csv", table)


def _usage(moment: str, stage: str, wall_s: float, items: int) -> StageUsage:
    return StageUsage(
        ts=moment,
        cmd="run",
        stage=stage,
        wall_s=wall_s,
        cpu_s=1.8 * wall_s,
        peak_rss_mib=1050.0,
        mean_cpu_pct=180.0,
        read_mib=1200.0,
        written_mib=300.0,
        gpu_pct=None,
        gpu_mib=None,
        items=items,
        items_per_s=items / wall_s,
    )

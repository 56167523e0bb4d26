"""The calibrate stage: every visit of the selected planets through the kill chain, resumable at any moment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import VisitId
from spectramind.data.products import calibrated_by, metadata_hash, product_key, product_path, product_version
from spectramind.data.sensors import Sensor
from spectramind.data.visit_calibration import calibrate_visit
from spectramind.utils.artifacts import remove_leftovers
from spectramind.utils.config.schema import Config, DataConfig
from spectramind.utils.products import Entry, commit_product, committed_entry, update_manifest
from spectramind.utils.progress import Progress
from spectramind.utils.runs import Workspace
from spectramind.utils.stage import Failure, Outcome, run_items


@dataclass(frozen=True, kw_only=True)
class VisitResult:
    """What became of one visit."""

    outcome: Outcome
    products: dict[str, str]
    history: dict[str, list[dict[str, Any]]]
    breaches: tuple[str, ...]
    step_seconds: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class CalibrationReport:
    """Counts and reasons of a whole calibrate run."""

    done: int
    reused: int
    set_aside: dict[str, str]
    breaches: dict[str, list[str]]
    rejected_rows: list[str]
    step_seconds: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return dict(vars(self))


def selected_visits(dataset: Dataset, selection: str) -> tuple[list[VisitId], dict[str, str]]:
    """Return the visits of the selected planets, and the planets that have none with the reason."""
    visits: list[VisitId] = []
    missing: dict[str, str] = {}
    for split in dataset.splits(selection):
        for planet_id in dataset.planets[split]:
            found = dataset.visits(split, planet_id)
            visits += found
            if not found:
                missing[planet_id] = f"no signal file in {dataset.planet_folder(split, planet_id)}"
    return visits, missing


def plan(config: Config, workspace: Workspace) -> dict[str, Any]:
    """Say what ``calibrate`` would do, and how much disk it would take, without reading a frame."""
    dataset = Dataset.open(config.data.raw_dir)
    visits, missing = selected_visits(dataset, config.data.split)
    inputs = sum(path.stat().st_size for visit in visits for path in dataset.planet_folder(visit.split, visit.planet_id).glob("*signal*"))
    return {
        "planets": {split: len(dataset.planets[split]) for split in dataset.splits(config.data.split)},
        "visits": len(visits),
        "without_signal": missing,
        "rejected_rows": list(dataset.rejected),
        "input_mib": round(inputs / 2**20, 1),
        "output": str(workspace.calibrated),
        "frames_stored": config.data.store_frames,
    }


def calibrate(config: Config, workspace: Workspace, *, progress: Progress) -> CalibrationReport:
    """Calibrate every selected visit; finished products are reused, broken visits set aside.

    Raises:
        InputDataError: If the dataset's metadata are unusable.
        BusyError: If another process calibrates in this workspace.
    """
    dataset = Dataset.open(config.data.raw_dir)
    visits, missing = selected_visits(dataset, config.data.split)
    version = product_version(config.data)
    work = partial(
        _calibrate_one,
        dataset=dataset,
        settings=config.data,
        workspace=workspace,
        version=version,
        metadata=metadata_hash(dataset),
    )
    results: dict[VisitId, VisitResult | Failure] = {}
    with workspace.lock("calibrate"):
        remove_leftovers(workspace.calibrated)
        for visit, result in run_items(
            work,
            visits,
            description="calibrate",
            name_of=lambda item: item.name,
            workers=config.global_.workers,
            progress=progress,
        ):
            results[visit] = result
            _log(workspace, visit, result)
        update_manifest(
            workspace.calibrated,
            _manifest(results, calibrated_by(config.data, dataset)),
            without_signal=missing,
            rejected_rows=list(dataset.rejected),
        )
    return _report(results, missing, dataset)


def _calibrate_one(
    visit: VisitId, *, dataset: Dataset, settings: DataConfig, workspace: Workspace, version: str, metadata: str
) -> VisitResult:
    """Calibrate both sensors of a visit unless their products are there; runs in a worker."""
    products: dict[str, str] = {}
    history: dict[str, list[dict[str, Any]]] = {}
    breaches: list[str] = []
    seconds: dict[str, float] = {}
    outcome: Outcome = "reused"
    for sensor in Sensor:
        key = product_key(dataset, visit, sensor, version, metadata)
        path = product_path(workspace, visit, sensor, key)
        entry = committed_entry(path)
        if entry is None:
            outcome = "done"
            entry, durations = _write_product(path, visit, sensor, dataset, settings, key, version)
            seconds |= {f"{sensor.folder}.{name}": value for name, value in durations.items()}
        products[str(sensor)] = str(path.relative_to(workspace.root))
        history[str(sensor)] = entry["history"]
        breaches += [f"{sensor} {gate['name']} {gate['seen']} outside {gate['range']}" for gate in entry["gates"] if not gate["passed"]]
    return VisitResult(outcome=outcome, products=products, history=history, breaches=tuple(breaches), step_seconds=seconds)


def _write_product(
    path: Path, visit: VisitId, sensor: Sensor, dataset: Dataset, settings: DataConfig, key: str, version: str
) -> tuple[Entry, dict[str, float]]:
    calibrated = calibrate_visit(dataset, dataset.planet_folder(visit.split, visit.planet_id), sensor, visit.visit, settings)
    entry = {
        "planet_id": visit.planet_id,
        "visit": visit.visit,
        "split": visit.split,
        "sensor": str(sensor),
        "key": key,
        "version": version,
        "history": [record.as_dict() for record in calibrated.history],
        "gates": [gate.as_dict() for gate in calibrated.gates],
    }
    committed = commit_product(path, calibrated.arrays(with_frames=settings.store_frames), entry)
    return committed, {record.name: record.duration_s for record in calibrated.history}


def _log(workspace: Workspace, visit: VisitId, result: VisitResult | Failure) -> None:
    """Append one line a visit to logs/calibration.jsonl: seconds, parameters, counts and ranges of each step, or the reason."""
    line: dict[str, Any] = {"visit": visit.name, "split": visit.split}
    if isinstance(result, Failure):
        line |= {"outcome": "set aside", "reason": result.reason}
    elif result.outcome == "reused":
        return
    else:
        line |= {"outcome": "done", "step_seconds": result.step_seconds, "steps": result.history, "breaches": list(result.breaches)}
    workspace.logs.mkdir(parents=True, exist_ok=True)
    with (workspace.logs / "calibration.jsonl").open("a") as stream:
        stream.write(json.dumps(line) + "\n")


def _report(results: dict[VisitId, VisitResult | Failure], missing: dict[str, str], dataset: Dataset) -> CalibrationReport:
    good = {visit: result for visit, result in results.items() if isinstance(result, VisitResult)}
    seconds: dict[str, float] = {}
    for result in good.values():
        for name, value in result.step_seconds.items():
            seconds[name] = seconds.get(name, 0.0) + value
    failures = {visit.name: result.reason for visit, result in results.items() if isinstance(result, Failure)}
    return CalibrationReport(
        done=sum(result.outcome == "done" for result in good.values()),
        reused=sum(result.outcome == "reused" for result in good.values()),
        set_aside=dict(sorted({**failures, **missing}.items())),
        breaches={visit.name: list(result.breaches) for visit, result in sorted(good.items()) if result.breaches},
        rejected_rows=list(dataset.rejected),
        step_seconds={name: round(value, 4) for name, value in seconds.items()},
    )


def _manifest(results: dict[VisitId, VisitResult | Failure], version: str) -> dict[str, Entry]:
    """What this run made of each visit."""
    visits: dict[str, Entry] = {}
    for visit, result in sorted(results.items()):
        if isinstance(result, Failure):
            visits[visit.key] = {"status": "set aside", "reason": result.reason}
        else:
            visits[visit.key] = {"status": "calibrated", "version": version, "products": result.products}
    return visits

"""Quality gates: figures of the calibration and the artifacts of a submission against what they must at least be.

Coverage, log-likelihood and the gain of the temperature are those of labelled planets that neither the model nor the calibration
that is judged has seen (`inference.calibrate_uncertainty`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scipy.stats import binom

from spectramind.calibration.left_out import read_left_out
from spectramind.calibration.store import CalibrationRecord, read_record
from spectramind.data.dataset import Dataset
from spectramind.inference.baseline import RECORD_COMMAND, baseline_of, baseline_path, final_figures, read_baseline, require_figures
from spectramind.inference.manifest import MANIFEST_NAME
from spectramind.inference.model_identity import model_identity
from spectramind.inference.schema_check import SUBMISSION_SCHEMA
from spectramind.inference.submission import validate_submission
from spectramind.inference.uncertainty import calibration_folder, provenance_of, record_path, require_fit
from spectramind.utils.artifacts import sha256_file
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError, SpectraMindError
from spectramind.utils.locations import schema_directory
from spectramind.utils.runs import Workspace
from spectramind.utils.schemas import validate_document

CALIBRATE = "spectramind calibrate-temp, then spectramind calibrate-corel"
PREDICT = "spectramind predict --out-csv outputs/submission.csv"
DASHBOARD = "dashboard"
FIGURES = ("alpha", "coverage", "coverage_fgs1", "coverage_worth", "gll")
NAMES = ("calibration", "coverage", "coverage fgs1", "temperature", "gll", "submission", "manifest", "logs", DASHBOARD)


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One gate.

    Attributes:
        figure: What was measured, as text; empty where nothing could be.
        threshold: What it must be.
        reason: Why the gate is passed or not.
        repair: Command that mends it, empty where it is passed.
    """

    gate: str
    passed: bool
    figure: str
    threshold: str
    reason: str
    repair: str = ""


def check_gates(config: Config, workspace: Workspace, *, submission: Path | None = None, baseline: Path | None = None) -> list[Gate]:
    """Check every gate of `NAMES`; one that cannot be judged has failed, and the others go on.

    Args:
        submission: outputs/submission.csv by default; its manifest lies beside it.
        baseline: outputs/calibration/baseline.json by default.
    """
    submission = submission or workspace.outputs / "submission.csv"
    return [
        *_calibration_gates(config, workspace, baseline or baseline_path(workspace)),
        _artifact("submission", PREDICT, lambda: _submission(submission)),
        _artifact("manifest", PREDICT, lambda: _manifest(submission, config, workspace)),
        _artifact("logs", "spectramind doctor", lambda: _logs(workspace)),
        _artifact(DASHBOARD, "spectramind diagnose dashboard", lambda: _dashboard(submission)),
    ]


def _calibration_gates(config: Config, workspace: Workspace, baseline: Path) -> Iterator[Gate]:
    threshold = "a record that fits the model"
    try:
        record = read_record(calibration_folder(workspace))
        dataset = Dataset.open(config.data.raw_dir)
        now = provenance_of(config, workspace, dataset, (), model_identity(config, workspace))
        require_fit(record.provenance, now, where=str(record_path(workspace)))
        read_left_out(calibration_folder(workspace))
        figures = final_figures(record, FIGURES)
        require_figures(record.before, ["gll"])
        require_figures(record.after, ["temperature_gll"])
    except SpectraMindError as error:
        yield Gate(gate=NAMES[0], passed=False, figure="", threshold=threshold, reason=str(error), repair=error.hint or CALIBRATE)
        for name in NAMES[1:5]:
            yield Gate(gate=name, passed=False, figure="", threshold="", reason="not judged without a calibration", repair=CALIBRATE)
        return
    planets = len(record.provenance.planet_ids)
    yield Gate(gate=NAMES[0], passed=True, figure=f"{planets} planets", threshold=threshold, reason="it was made for this model")
    for gate in (
        coverage_gate("coverage", figures["coverage"], figures["coverage_worth"], figures["alpha"], config.calib.gate_confidence),
        coverage_gate("coverage fgs1", figures["coverage_fgs1"], planets, figures["alpha"], config.calib.gate_confidence),
    ):
        yield _of_alpha(gate, figures["alpha"], config.calib.alpha)
    yield temperature_gate(record, config.calib.gate_gll_drop)
    yield gll_gate(record, baseline, config.calib.gate_gll_drop)


def coverage_gate(name: str, coverage: float, trials: float, alpha: float, confidence: float) -> Gate:
    """Judge a coverage: it fails where honest intervals would cover less than this with a probability below 1 - confidence.

    Args:
        coverage: Share of truths inside their intervals.
        trials: Independent truths that the share is worth; bins of one planet are not independent.
        alpha: Share that the intervals may miss.
    """
    count = max(round(trials), 1)
    least = float(binom.ppf(1.0 - confidence, count, 1.0 - alpha)) / count
    passed = coverage >= least
    blind = ", which are too few to fail" if least <= 0.0 else ""
    reason = f"target {1.0 - alpha:.4g}, less the binomial tolerance of {count} independent truths{blind} at confidence {confidence:g}"
    return Gate(
        gate=name,
        passed=passed,
        figure=f"{coverage:.4f}",
        threshold=f">= {least:.4f}",
        reason=reason if passed else f"intervals are too narrow: {reason}",
        repair="" if passed else CALIBRATE,
    )


def _of_alpha(gate: Gate, alpha: float, asked: float) -> Gate:
    """Let a coverage fail that is of other intervals than the configuration asks for."""
    if alpha == asked:
        return gate
    return replace(
        gate, passed=False, reason=f"these intervals may miss {alpha:g}, and calib.alpha={asked:g} is asked for", repair=CALIBRATE
    )


def temperature_gate(record: CalibrationRecord, tolerance: float) -> Gate:
    """Judge whether the temperature improves the log-likelihood of planets left out of its fit, or at least leaves it as it was."""
    gain = record.after["temperature_gll"] - record.before["gll"]
    passed = gain >= -tolerance
    verdict = "; it makes them worse" if not passed else "; a loss that is tolerated" if gain < 0.0 else ""
    tau = record.temperature
    return Gate(
        gate="temperature",
        passed=passed,
        figure=f"{gain:+.4f} nat",
        threshold=f">= {-tolerance:g} nat",
        reason=f"tau {tau.fgs1:.4g} (FGS1), {tau.airs:.4g} (AIRS), on planets left out of the fit"
        + verdict
        + (f". {tau.warning}" if tau.warning else ""),
        repair="" if passed else f"calibrate on more planets, or predict without: {PREDICT} calib.apply=off",
    )


def gll_gate(record: CalibrationRecord, path: Path, tolerance: float) -> Gate:
    """Judge the validation log-likelihood against the recorded baseline; without one it has failed."""
    present = baseline_of(record)
    figure = f"{present.gll:.4f} nat"
    try:
        recorded = read_baseline(path)
    except InputDataError as error:
        return Gate(gate="gll", passed=False, figure=figure, threshold="a baseline", reason=str(error), repair=RECORD_COMMAND)
    threshold = f">= {recorded.gll - tolerance:.4f} nat"
    if recorded.planets_sha256 != present.planets_sha256:
        reason = f"the baseline is of other planets: {recorded.planets}, now {present.planets}"
        return Gate(gate="gll", passed=False, figure=figure, threshold=threshold, reason=reason, repair=RECORD_COMMAND)
    passed = present.gll >= recorded.gll - tolerance
    reason = f"the baseline of {recorded.git_sha[:12]} is {recorded.gll:.4f} nat"
    repair = "" if passed else f"find what made the model worse; where that is meant: {RECORD_COMMAND}"
    return Gate(gate="gll", passed=passed, figure=figure, threshold=threshold, reason=reason, repair=repair)


def _artifact(name: str, repair: str, work: Callable[[], tuple[str, str]]) -> Gate:
    threshold = "there and valid"
    try:
        figure, reason = work()
    except SpectraMindError as error:
        return Gate(gate=name, passed=False, figure="", threshold=threshold, reason=str(error), repair=repair)
    return Gate(gate=name, passed=True, figure=figure, threshold=threshold, reason=reason)


def _submission(path: Path) -> tuple[str, str]:
    validate_submission(path, schema_directory() / SUBMISSION_SCHEMA)
    return f"{path.stat().st_size} bytes", "it keeps schemas/submission.schema.json"


def _manifest(submission: Path, config: Config, workspace: Workspace) -> tuple[str, str]:
    path, manifest = _read_manifest(submission)
    if not submission.is_file() or manifest["submission"]["sha256"] != sha256_file(submission):
        raise InputDataError("the manifest is that of another submission", where=str(path), received=str(submission))
    intervals = manifest["uncertainty"]["intervals"]
    beside = path.with_name(intervals["file"])
    if not beside.is_file() or intervals["sha256"] != sha256_file(beside):
        raise InputDataError("the intervals of the submission are missing, or those of another one", where=str(beside))
    record = record_path(workspace)
    if config.calib.apply != "off" and record.is_file() and manifest["uncertainty"].get("record") != sha256_file(record):
        raise InputDataError(
            "the submission was made with another calibration than the one that is judged here",
            where=str(path),
            received=manifest["uncertainty"]["reason"],
        )
    return f"{manifest['submission']['rows']} planets", "it keeps schemas/manifest.schema.json and names this submission"


def _logs(workspace: Workspace) -> tuple[str, str]:
    paths = (workspace.log_path, workspace.events_path, workspace.debug_log_path)
    missing = [str(path) for path in paths if not path.is_file() or not path.stat().st_size]
    if missing:
        raise InputDataError("logs are missing or empty", where=", ".join(missing))
    return f"{sum(path.stat().st_size for path in paths)} bytes", ", ".join(path.name for path in paths)


def _dashboard(submission: Path) -> tuple[str, str]:
    path, manifest = _read_manifest(submission)
    entry = manifest.get("diagnostics", {}).get("dashboard")
    if entry is None:
        raise InputDataError("no dashboard was made of this submission", where=str(path))
    page = path.parent / entry["file"]
    if not page.is_file() or sha256_file(page) != entry["sha256"]:
        raise InputDataError("the dashboard that the manifest names is missing or another one", where=str(page))
    return f"{page.stat().st_size} bytes", "it is the page that the manifest names"


def _read_manifest(submission: Path) -> tuple[Path, dict[str, Any]]:
    path = submission.with_name(MANIFEST_NAME)
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputDataError("the manifest cannot be read", where=str(path), received=error) from error
    validate_document(manifest, "manifest", where=str(path))
    return path, manifest

"""The acceptance criteria of section 31: what this workspace knows of each, and where on the page it can be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spectramind.diagnostics.dashboard.overview import duration, prediction_s
from spectramind.diagnostics.log.calls import Call
from spectramind.diagnostics.run_data import RunData
from spectramind.inference.gates import Gate

# What checks the code: lint, types, tests and documentation, as the continuous integration runs them.
CHECKS = ".ci/run"
# Sections that the acceptance asks for: predictions laid over truth, and violations over explanations.
OVERLAYS = ("residuals", "explanations")
CALIBRATION_GATES = ("calibration", "coverage", "coverage fgs1", "temperature", "gll")


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """A line of section 31.

    Attributes:
        anchors: Ids of the page's elements that show it.
    """

    line: str
    anchors: tuple[str, ...]


# In the words and the order of ARCHITECTURE.md section 31.
CRITERIA = (
    Criterion(line="selftest passes; schemas and registries ok", anchors=("stages",)),
    Criterion(
        line="calibrate and features run with variance propagation and no negative clipping", anchors=("detector", "maps", "set-aside")
    ),
    Criterion(line="train completes the curriculum; unit and property tests pass", anchors=("learning", "stages")),
    Criterion(line="temperature improves the log-likelihood; COREL meets its coverage", anchors=("gates", "uncertainty")),
    Criterion(line="predict creates a schema-valid CSV, with its manifest", anchors=("gates", "files")),
    Criterion(line="diagnostics render with overlays; artifacts linked", anchors=("gallery", "residuals", "explanations", "files")),
    Criterion(line="checks of the code are green; gates satisfied", anchors=("gates", "versions")),
    Criterion(line="wall time within the budget with --fast-kaggle", anchors=("stages", "runtime")),
)


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """A criterion with what is known of it; passed is None where this workspace cannot tell."""

    number: int
    line: str
    seen: str
    passed: bool | None
    anchors: tuple[str, ...]

    @property
    def status(self) -> str:
        """Word shown beside a colour."""
        return "info" if self.passed is None else ("pass" if self.passed else "look")


def acceptance(
    run: RunData, gates: Sequence[Gate], calls: Mapping[str, Call], breaches: int, absent: Sequence[str] = ()
) -> list[Acceptance]:
    """Return every criterion with what this workspace knows of it.

    Args:
        breaches: Of the plausible ranges of the detector calibration.
        absent: Names of the sections of the page that have nothing to show.
    """
    found = (
        _selftest(calls),
        _measured(run, breaches),
        _trained(run, calls),
        _calibrated(gates),
        _predicted(gates),
        _rendered(absent),
        (f"{sum(gate.passed for gate in gates)} of {len(gates)} gates; the code is checked by: {CHECKS}", None),
        _in_time(run),
    )
    return [
        Acceptance(number=number, line=criterion.line, seen=seen, passed=passed, anchors=criterion.anchors)
        for number, (criterion, (seen, passed)) in enumerate(zip(CRITERIA, found, strict=True), start=1)
    ]


def untrained_phases(run: RunData) -> list[str]:
    """Return the phases of the curriculum without a record of a finished training in this workspace."""
    from spectramind.training.curriculum import PHASES
    from spectramind.training.ensemble import record_path

    return [phase for phase in PHASES if not record_path(run.workspace, phase).is_file()]


def _selftest(calls: Mapping[str, Call]) -> tuple[str, bool | None]:
    call = calls.get("selftest")
    return _call("selftest", call), _success(call)


def _measured(run: RunData, breaches: int) -> tuple[str, bool | None]:
    fallback = run.manifest["status_counts"].get("FALLBACK", 0)
    return f"breaches of plausible ranges: {breaches}; planets not measured: {fallback}", breaches == 0 and fallback == 0


def _trained(run: RunData, calls: Mapping[str, Call]) -> tuple[str, bool | None]:
    call, untrained = calls.get("train"), untrained_phases(run)
    phases = f"not trained: {', '.join(untrained)}" if untrained else "every phase is trained"
    seen = f"predicted by: {run.manifest['model']['kind']}; {_call('train', call)}; {phases}; tests: {CHECKS}"
    return seen, False if call is not None and untrained else _success(call)


def _calibrated(gates: Sequence[Gate]) -> tuple[str, bool | None]:
    by_name = {gate.gate: gate for gate in gates}
    unmet = [name for name in CALIBRATION_GATES if name not in by_name or not by_name[name].passed]
    if unmet:
        return f"gates not passed: {', '.join(unmet)}", False
    # The gate tolerates a small loss, which is no improvement: the figure is said, not only the verdict.
    gain = by_name["temperature"]
    return f"every gate of the calibration is passed; temperature: {gain.figure}, asked for {gain.threshold}", True


def _predicted(gates: Sequence[Gate]) -> tuple[str, bool | None]:
    passed = {gate.gate: gate.passed for gate in gates}
    whole = bool(passed.get("submission") and passed.get("manifest"))
    return "both are there and valid" if whole else "see the gates submission and manifest", whole


def _rendered(absent: Sequence[str]) -> tuple[str, bool | None]:
    seen = f"nothing to show in: {', '.join(absent)}" if absent else "every section of this page is there"
    return seen, not set(OVERLAYS) & set(absent)


def _in_time(run: RunData) -> tuple[str, bool | None]:
    budget_s, needed_s = run.config.global_.walltime_budget_s, prediction_s(run)
    if not budget_s:
        return "no budget is configured", None
    return f"{duration(needed_s)} of {duration(budget_s)} for the prediction alone; all stages: see runtime", needed_s <= budget_s


def _call(name: str, call: Call | None) -> str:
    if call is None:
        return f"this workspace saw no {name}"
    return f"last {name} ended with exit {call.exit_code} on {call.ts[:10]}"


def _success(call: Call | None) -> bool | None:
    return None if call is None else call.exit_code == 0

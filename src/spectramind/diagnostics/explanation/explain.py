"""Explain a prediction: Shapley values of its depths for a sample of its planets, kept until something they rest on changes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spectramind.data.dataset import Dataset
from spectramind.diagnostics.dashboard.load import load_run
from spectramind.diagnostics.explanation.explainer import Explainer
from spectramind.diagnostics.explanation.store import Explanations, read_explanations, store_path, write_explanations
from spectramind.diagnostics.run_data import RunData
from spectramind.features.build import data_hash, features_by
from spectramind.features.planet.known_limbs import known_limbs_hash
from spectramind.utils.artifacts import sha256_json
from spectramind.utils.config import config_dict
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import ConfigError
from spectramind.utils.progress import Progress
from spectramind.utils.runs import Workspace
from spectramind.utils.source_version import source_version

# What decides the values and their form in the store; how they are told may change.
_SOURCES = tuple(
    f"diagnostics/explanation/{name}.py" for name in ("choice", "depth_solver", "explainer", "games", "players", "shapley", "store")
)


@dataclass(frozen=True, kw_only=True)
class ExplanationReport:
    """What was written.

    Attributes:
        exact: All coalitions were evaluated; else permutations were sampled.
        largest_standard_error_ppm: Of any value, 0 where exact.
    """

    explanations: str
    model: str
    explained: int
    players: list[str]
    exact: bool
    largest_standard_error_ppm: float
    set_aside: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return dict(vars(self))


def plan(config: Config, workspace: Workspace, *, submission: Path | None = None, truth: Path | None = None) -> dict[str, Any]:
    """Say what ``explain`` would read and write; errors are the same."""
    run = load_run(config, workspace, submission=submission, truth=truth)
    count = min(config.diag.shap_planets, len(run.planet_ids))
    return {"submission": str(run.submission), "planets": count, "explanations": str(store_path(workspace))}


def explain(
    config: Config, workspace: Workspace, *, submission: Path | None = None, truth: Path | None = None, progress: Progress
) -> ExplanationReport:
    """Explain a sample of the planets of a submission; arguments as for ``dashboard.load.load_run``, errors also those of `explain_run`."""
    made = explain_run(load_run(config, workspace, submission=submission, truth=truth), progress=progress)
    return ExplanationReport(
        explanations=str(store_path(workspace)),
        model=made.model_kind,
        explained=len(made.planet_ids),
        players=list(made.players),
        exact=made.exact,
        largest_standard_error_ppm=round(float(made.standard_error.max()) * 1e6, 3),
        set_aside=dict(made.set_aside),
    )


def feature_provenance(config: Config, workspace: Workspace, dataset: Dataset) -> dict[str, Any]:
    """Return what the explanation of a single planet rests on besides the model: its features, what decides its prediction, and code."""
    decides = {"loss": config.loss.sigma_min, "prior": config.model.learn_prior, "folds": config.train.folds, "seed": config.global_.seed}
    limbs = known_limbs_hash(workspace, dataset, data_hash(config, dataset))
    return {"features": features_by(config, dataset), "limbs": limbs, "decides": sha256_json(decides), "code": source_version(*_SOURCES)}


def provenance_of(run: RunData) -> dict[str, Any]:
    """Return all that stored explanations must agree with: submission, model, features, code and sampling."""
    sampling = {name: value for name, value in config_dict(run.config.diag).items() if name.startswith("shap_")}
    # where the truth is known, it decides which planets are the worst
    sampling["truth"] = "" if run.truth is None else hashlib.sha256(run.truth.tobytes()).hexdigest()
    return {
        **feature_provenance(run.config, run.workspace, run.dataset),
        "submission": run.manifest["submission"]["sha256"],
        "model": run.manifest["model"],
        "sampling": sampling,
    }


def stored_explanations(run: RunData) -> Explanations | None:
    """Return the explanations of exactly this prediction, of however many planets; None where there are none."""
    asked = provenance_of(run)
    del asked["sampling"]
    return read_explanations(store_path(run.workspace), asked)


def explain_run(run: RunData, *, progress: Progress) -> Explanations:
    """Explain a sample of the predicted planets; what was stored for the same prediction is reused.

    A planet that cannot be explained, or whose prediction the model does not give again, is set aside with its reason.

    Raises:
        ConfigError: If the configured model is not that of the submission, or too few evaluations are allowed.
        InputDataError: If the network cannot be used, there are no two measured planets, or none could be explained.
        BusyError: If another process explains in this workspace.
    """
    kind = str(run.manifest["model"]["kind"])
    if kind != run.config.model.kind:
        raise ConfigError(
            "the submission was predicted by another kind of model",
            where="model.kind",
            received=f"{run.config.model.kind}; the manifest says {kind}",
            hint=f"model={kind}",
            section="13",
        )
    stored = read_explanations(store_path(run.workspace), provenance_of(run))
    if stored is not None:
        return stored
    with run.workspace.lock("explain"):
        made = Explainer(run).explain(progress)
        write_explanations(store_path(run.workspace), made, provenance_of(run))
    return made

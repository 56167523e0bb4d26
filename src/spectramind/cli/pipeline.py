"""The whole pipeline as one sentence: calibrate, features, predict, score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from spectramind.utils.config import Config
from spectramind.utils.runs import Workspace

if TYPE_CHECKING:
    from spectramind.cli.session import Session


def plan_pipeline(config: Config, workspace: Workspace) -> dict[str, Mapping[str, object]]:
    """Return what every stage would do."""
    from spectramind.data import calibrate
    from spectramind.features import build
    from spectramind.inference import predict

    return {
        "calibrate": calibrate.plan(config, workspace),
        "features": build.plan(config, workspace),
        "predict": predict.plan(config, workspace),
    }


def run_pipeline(
    session: Session,
    config: Config,
    workspace: Workspace,
    *,
    out_csv: Path,
    kaggle_csv: Path | None = None,
    truth: Path | None = None,
    train: Path | None = None,
) -> dict[str, Mapping[str, object]]:
    """Run every stage, timed for the session's telemetry, and return their reports.

    Args:
        session: Gives progress and takes the times.
        config: Configuration of the run.
        workspace: Where products go.
        out_csv: Submission.
        kaggle_csv: Upload format of the same.
        truth: True spectra; the submission is scored where they are given.
        train: Training spectra for the score; train.csv of the dataset by default.
    """
    from spectramind.data.calibrate import calibrate
    from spectramind.evaluation.score import score
    from spectramind.features.build import build_features
    from spectramind.inference.predict import predict

    progress = session.progress
    reports: dict[str, Mapping[str, object]] = {}

    def stage(name: str, work: Callable[[], Mapping[str, object]]) -> None:
        with session.stage(name):
            reports[name] = work()

    stage("calibrate", lambda: calibrate(config, workspace, progress=progress).as_dict())
    stage("features", lambda: build_features(config, workspace, progress=progress).as_dict())
    stage(
        "predict",
        lambda: predict(config, workspace, out_csv=out_csv, kaggle_csv=kaggle_csv, progress=progress).as_dict(),
    )
    if truth is not None:
        naive = train or config.data.raw_dir / "train.csv"
        stage("score", lambda: score(out_csv, truth, naive).as_dict())
    return reports

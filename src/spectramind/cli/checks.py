"""What `selftest` looks at. Every check has an area, a name, an outcome and a detail."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from spectramind.cli.environment import version_mismatches
from spectramind.cli.progress import StageProgress
from spectramind.utils.config import load_config
from spectramind.utils.config.compose import group_options
from spectramind.utils.errors import SpectraMindError
from spectramind.utils.locations import checkout_root, config_directory
from spectramind.utils.parallel import worker_count
from spectramind.utils.resources import WalltimeBudget, free_disk_mib
from spectramind.utils.runs import Workspace
from spectramind.utils.schemas import read_schema, schema_names

if TYPE_CHECKING:
    from spectramind.cli.session import Session

LAYOUT = ("spectramind.py", "configs/config_v50.yaml", "schemas", "src/spectramind", "pyproject.toml", "poetry.lock", "constraints.txt")
SCHEMAS = ("event", "submission")
MINIMUM_DISK_MIB = 500.0
TRUTH_FILE = "test.csv"
PIPELINE = "pipeline"
SMOKE_PLANETS, SMOKE_TEST_PLANETS = 3, 2


@dataclass(frozen=True)
class Check:
    """Outcome of one check."""

    area: str
    name: str
    ok: bool
    detail: str


def run_checks(names: Sequence[str], session: Session) -> list[Check]:
    """Run the named checks; one that raises has failed, and the others go on.

    The pipeline shows the progress of its own stages, so it runs after the others.
    """
    quick = [name for name in names if name != PIPELINE]
    results: list[Check] = []
    progress = StageProgress(WalltimeBudget(0.0), quiet=session.quiet)  # the configuration, with its limit, may be what is broken
    progress.start("selftest", len(quick))
    try:
        for name in quick:
            results += _CHECKS[name](session)
            progress.advance(name)
    finally:
        progress.finish()
    return [*results, *(check for name in names if name == PIPELINE for check in _CHECKS[name](session))]


def _attempt(area: str, name: str, work: Callable[[], str]) -> Check:
    try:
        return Check(area, name, True, work())
    except SpectraMindError as error:
        return Check(area, name, False, str(error))
    except Exception as error:  # a check reports whatever it meets
        return Check(area, name, False, f"{type(error).__name__}: {error}")


def check_layout(_session: Session) -> Iterator[Check]:
    """The files of the repository are where ARCHITECTURE.md section 2 says; an installed package has none to check."""
    root = checkout_root()
    if root is None:
        yield Check("layout", "installed package", True, str(config_directory().parent))
        return
    for name in LAYOUT:
        yield Check("layout", name, (root / name).exists(), "present" if (root / name).exists() else f"missing below {root}")


def check_config(session: Session) -> Iterator[Check]:
    """The configuration of this call, and every option of every group, compose and pass their ranges."""

    def this_call() -> str:
        _ = session.config
        return session.config_sha256

    def option(override: str) -> str:
        load_config([override])
        return "composes"

    yield _attempt("config", "this call", this_call)
    for group, names in group_options(config_directory()).items():
        for name in names:
            yield _attempt("config", f"{group}={name}", partial(option, f"{group}={name}"))


def check_schemas(_session: Session) -> Iterator[Check]:
    """Every schema is a valid JSON schema."""

    def title(name: str) -> str:
        return str(read_schema(name)["title"])

    for name in sorted({*SCHEMAS, *schema_names()}):
        yield _attempt("schemas", name, partial(title, name))


def check_registries(session: Session) -> Iterator[Check]:
    """The closed lists of names can be loaded and are not empty; every combination of the network's parts can be built."""

    def simulator_profiles() -> str:
        from spectramind.data.simulator.profile import PROFILES

        return ", ".join(PROFILES)

    def stages() -> str:
        from spectramind.data import calibrate
        from spectramind.evaluation import score
        from spectramind.features import build
        from spectramind.inference import predict
        from spectramind.training import ablation, train

        entries = (calibrate.calibrate, build.build_features, train.train, ablation.ablate, predict.predict, score.score)
        return ", ".join(entry.__name__ for entry in entries)

    def networks() -> str:
        return _build_networks(session)

    yield _attempt("registries", "simulator profiles", simulator_profiles)
    yield _attempt("registries", "networks", networks)
    yield _attempt("registries", "stages", stages)


def _build_networks(session: Session) -> str:
    """Build the network with every combination of its parts on a small grid of wavelengths, and name the parts."""
    from itertools import product

    import numpy as np

    from spectramind.models.network import build_network
    from spectramind.models.registry import registered

    config, parts = session.config.model, registered()
    wavelength_um = np.concatenate([[0.7], np.linspace(1.95, 3.9, config.decoder.middle_bins + 1)])
    built = 0
    for fgs1, airs, fusion, sigma_head in product(*(parts[name] for name in ("fgs1.kind", "airs.kind", "fusion.kind", "sigma_head"))):
        if fgs1 == airs == "none":
            continue
        model = replace(
            config,
            fgs1=replace(config.fgs1, kind=fgs1),
            airs=replace(config.airs, kind=airs),
            fusion=replace(config.fusion, kind=fusion),
            sigma_head=sigma_head,
        )
        build_network(model, wavelength_um=wavelength_um, seam_bins=(), sigma_min=session.config.loss.sigma_min)
        built += 1
    return f"{built} combinations of {', '.join(name for names in parts.values() for name in names)}"


def check_disk(session: Session) -> Iterator[Check]:
    """The workspace is writable and has room."""

    def writable() -> str:
        workspace = session.workspace.ensure()
        with tempfile.TemporaryFile(dir=workspace.outputs):
            return str(workspace.root)

    free = free_disk_mib(session.workspace.root)
    yield _attempt("disk", "workspace", writable)
    yield Check("disk", "free", free >= MINIMUM_DISK_MIB, f"{free:.0f} MiB, at least {MINIMUM_DISK_MIB:.0f} needed")


def check_versions(_session: Session) -> Iterator[Check]:
    """Installed versions are the pinned ones."""
    mismatches = version_mismatches()
    yield Check("versions", "pins", not mismatches, "; ".join(mismatches) or "all as pinned")


def check_pipeline(session: Session) -> Iterator[Check]:
    """Simulate, calibrate, predict and score a few small planets in a temporary workspace."""
    yield _attempt("pipeline", "smoke", lambda: _smoke(session))


def _smoke(session: Session) -> str:
    from spectramind.cli.pipeline import run_pipeline
    from spectramind.data.simulator import simulate

    folder = Path(tempfile.mkdtemp(prefix="spectramind-selftest-"))
    try:
        config, raw, workspace = session.config, folder / "raw", Workspace(folder / "workspace").ensure()
        config = replace(config, paths=replace(config.paths, root=workspace.root), data=replace(config.data, raw_dir=raw, split="all"))
        simulation = simulate(
            raw,
            planets=SMOKE_PLANETS,
            test_planets=SMOKE_TEST_PLANETS,
            profile="smoke",
            seed=config.global_.seed,
            workers=worker_count(config.global_.workers),
            progress=session.progress,
        )
        truth = simulation.truth / TRUTH_FILE
        reports = run_pipeline(session, config, workspace, out_csv=workspace.outputs / "submission.csv", truth=truth)
        session.metrics["score"] = float(str(reports["score"]["score"]))
        return f"score {session.metrics['score']:.3f} on {SMOKE_TEST_PLANETS} simulated planets"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_CHECKS: dict[str, Callable[[Session], Iterator[Check]]] = {
    "layout": check_layout,
    "config": check_config,
    "schemas": check_schemas,
    "registries": check_registries,
    "disk": check_disk,
    "versions": check_versions,
    PIPELINE: check_pipeline,
}
QUICK = tuple(name for name in _CHECKS if name != PIPELINE)

"""Reproducible bytes, whatever the number of workers or interruptions; one folder, one dataset."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from spectramind.data.simulator.dataset import SimulationReport, plan, simulate
from spectramind.data.simulator.scenario import Scenario
from spectramind.utils.artifacts import sha256_file
from spectramind.utils.errors import UsageError
from spectramind.utils.progress import SilentProgress

SCENARIO = Scenario(second_visit_fraction=1.0)


def digests(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256_file(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def run(out: Path, *, workers: int = 1, seed: int = 5, scenario: Scenario = SCENARIO) -> SimulationReport:
    return simulate(
        out, planets=1, test_planets=1, profile="smoke", seed=seed, workers=workers, progress=SilentProgress(), scenario=scenario
    )


def test_same_bytes_with_two_workers(smoke: SimulationReport, tmp_path: Path) -> None:
    report = run(tmp_path / "raw", workers=2)
    assert digests(report.out) == digests(smoke.out)
    assert digests(report.truth) == digests(smoke.truth)


def test_interrupted_simulation_goes_on_and_ends_the_same(smoke: SimulationReport, tmp_path: Path) -> None:
    out = tmp_path / "raw"
    shutil.copytree(smoke.out, out)
    shutil.copytree(smoke.truth, tmp_path / "raw_truth")
    planet = next((out / "test").iterdir())
    planet.rename(planet.with_name(f".{planet.name}.partial"))
    report = run(out)
    assert (report.written_planets, report.reused_planets) == (1, 1)
    assert digests(out) == digests(smoke.out)
    assert run(out).written_planets == 0


def test_planets_do_not_depend_on_how_many_there_are(smoke: SimulationReport, tmp_path: Path) -> None:
    scenario = Scenario(second_visit_fraction=0.0)
    report = simulate(tmp_path / "more", planets=0, test_planets=1, profile="smoke", seed=5, progress=SilentProgress(), scenario=scenario)
    more, fewer = next((report.out / "test").iterdir()), next((smoke.out / "test").iterdir())
    assert sha256_file(more / "FGS1_signal_0.parquet") == sha256_file(fewer / "FGS1_signal_0.parquet")


def test_another_seed_gives_another_dataset_and_is_refused_in_the_same_folder(smoke: SimulationReport) -> None:
    with pytest.raises(UsageError, match="something other"):
        run(smoke.out, seed=6)


def test_foreign_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="something other"):
        run(tmp_path / "raw")
    assert [path.name for path in (tmp_path / "raw").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(("planets", "test_planets", "seed"), [(0, 0, 1), (-1, 2, 1), (1, 1, -1)])
def test_senseless_requests_are_usage_errors(tmp_path: Path, planets: int, test_planets: int, seed: int) -> None:
    with pytest.raises(UsageError):
        plan(tmp_path / "raw", planets=planets, test_planets=test_planets, profile="smoke", seed=seed)


def test_plan_writes_nothing_and_estimates(tmp_path: Path, smoke: SimulationReport) -> None:
    planned = plan(tmp_path / "raw", planets=20, test_planets=10, profile="reduced", seed=3)
    assert not list(tmp_path.iterdir())
    assert planned["visits"] == 33
    assert planned["planets_to_write"] == 30
    assert planned["frames"] == {"AIRS-CH0": 374, "FGS1": 2250}
    assert json.loads(json.dumps(planned)) == planned
    done = plan(smoke.out, planets=1, test_planets=1, profile="smoke", seed=5, scenario=SCENARIO)
    assert done["planets_to_write"] == 0
    assert smoke.bytes == pytest.approx(done["estimated_bytes"], rel=0.3)


def test_report_is_json_ready(smoke: SimulationReport) -> None:
    assert json.loads(json.dumps(smoke.as_dict()))["visits"] == 4


def test_nuisance_records_every_visit(smoke: SimulationReport) -> None:
    nuisance = json.loads((smoke.truth / "nuisance.json").read_text(encoding="utf-8"))
    assert nuisance["noise_scale"] == 1.0
    for planet in nuisance["planets"].values():
        assert {"system", "limb_darkening", "molecules", "visits", "split"} == set(planet)
        for visit in planet["visits"]:
            assert {"t0_h", "incomplete", "bump_ppm", "jitter_episode", "drift", "foreground_electron_per_s", "visit"} == set(visit)
            assert set(visit["drift"]) == {"AIRS-CH0", "FGS1"}


@pytest.mark.parametrize(
    "options",
    [
        {"drift_kind": "cubic"},
        {"spectra": "random"},
        {"egress_cut_fraction": 1.5},
        {"noise_scale": -1.0},
        {"depth_range": (0.02, 0.01)},
    ],
)
def test_impossible_scenarios_are_usage_errors(options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Scenario(**options)  # type: ignore[arg-type]

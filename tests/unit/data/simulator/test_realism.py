"""Simulated frames against the published ones, in the units of one real ramp."""

from __future__ import annotations

from pathlib import Path

import pytest

from spectramind.data.simulator.dataset import SimulationReport, simulate
from spectramind.data.simulator.realism import compare_with_real
from spectramind.data.simulator.scenario import Scenario
from spectramind.utils.errors import InputDataError
from spectramind.utils.progress import SilentProgress

# quantity -> largest ratio of simulated to real, or real to simulated
TOLERANCES = {
    ("AIRS-CH0", "first read over difference"): 1.05,
    ("AIRS-CH0", "brightest pixel [share of its column or frame]"): 1.08,
    ("AIRS-CH0", "pixel p50 [1e-6 of total]"): 1.10,
    ("AIRS-CH0", "pixel p95 [1e-6 of total]"): 1.10,
    ("AIRS-CH0", "bin p50 [1e-3 of total]"): 1.10,
    ("AIRS-CH0", "bin p95 [1e-3 of total]"): 1.12,
    ("AIRS-CH0", "rms width at column 45 [px]"): 1.06,
    ("AIRS-CH0", "rms width at column 315 [px]"): 1.06,
    ("AIRS-CH0", "pixel variance over limit, below 0.2 ke"): 1.08,
    ("AIRS-CH0", "bin scatter over limit, median"): 1.10,
    ("AIRS-CH0", "jitter y [px]"): 1.5,
    ("AIRS-CH0", "read median [e]"): 1.02,
    ("AIRS-CH0", "dark median [e/s]"): 1.03,
    ("AIRS-CH0", "flat median [1]"): 1.005,
    ("AIRS-CH0", "flat robust deviation [1]"): 1.08,
    ("AIRS-CH0", "hot [%]"): 1.3,
    ("AIRS-CH0", "linearity at 60 ke, median [%]"): 1.02,
    ("FGS1", "first read over difference"): 1.01,
    ("FGS1", "brightest pixel [share of its column or frame]"): 1.08,
    ("FGS1", "pixel variance over limit, below 0.2 ke"): 1.12,
    ("FGS1", "jitter x [px]"): 1.4,
    ("FGS1", "read median [e]"): 1.02,
    ("FGS1", "read p99 [e]"): 1.25,
    ("FGS1", "linearity at 60 ke, median [%]"): 1.03,
}


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> SimulationReport:
    """The published slice holds no pointing episode."""
    out = tmp_path_factory.mktemp("realism") / "raw"
    scenario = Scenario(episode_fraction=0.0, second_visit_fraction=0.0)
    return simulate(out, planets=3, test_planets=0, profile="reduced", seed=9, progress=SilentProgress(), scenario=scenario)


def test_simulated_frames_resemble_the_published_ones(real_data: Path, quiet: SimulationReport) -> None:
    rows = {(row["sensor"], row["quantity"]): row for row in compare_with_real(real_data, quiet.out)["rows"]}
    misses = {}
    for key, tolerance in TOLERANCES.items():
        real, simulated = rows[key]["real"], rows[key]["simulated"]
        if not 1.0 / tolerance <= simulated / real <= tolerance:
            misses[key] = (real, simulated)
    assert not misses


def test_a_dataset_resembles_itself(smoke: SimulationReport) -> None:
    comparison = compare_with_real(smoke.out, smoke.out, visits=1)
    assert all(row["real"] == row["simulated"] for row in comparison["rows"])
    assert {row["sensor"] for row in comparison["rows"]} == {"FGS1", "AIRS-CH0"}


def test_a_folder_without_visits_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match="no training visit"):
        compare_with_real(tmp_path, tmp_path)

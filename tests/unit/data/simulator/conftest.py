"""One small simulated dataset for all tests of the simulator, and the published frames where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from spectramind.data.simulator.dataset import SimulationReport, simulate
from spectramind.data.simulator.scenario import Scenario
from spectramind.utils.progress import SilentProgress

REAL_DATA = Path(__file__).parents[4] / "../shared/realdata"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The slice of published frames; its licence keeps it out of the project."""
    if not (REAL_DATA / "adc_info.csv").exists():
        pytest.skip("NOT CHECKED AGAINST REAL FRAMES: ../shared/realdata is not here")
    return REAL_DATA


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> SimulationReport:
    """A dataset of one training and one test planet; the training planet has two visits."""
    out = tmp_path_factory.mktemp("simulated") / "raw"
    return simulate(
        out, planets=1, test_planets=1, profile="smoke", seed=5, progress=SilentProgress(), scenario=Scenario(second_visit_fraction=1.0)
    )

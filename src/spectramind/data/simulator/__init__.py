"""Forward model: simulated observations in the layout of the competition, with the truth kept beside them."""

from spectramind.data.simulator.dataset import SimulationReport, plan, simulate, truth_folder
from spectramind.data.simulator.profile import PROFILES
from spectramind.data.simulator.scenario import Scenario

__all__ = ["PROFILES", "Scenario", "SimulationReport", "plan", "simulate", "truth_folder"]

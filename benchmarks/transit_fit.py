"""Speed of the transit inference: processor time of a visit, and how it compares with one evaluation of the model.

Run: make bench, or .venv/bin/python benchmarks/transit_fit.py
"""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from spectramind.data.calibrate import calibrate
from spectramind.data.dataset import Dataset
from spectramind.data.products import calibrated_by, calibrated_product
from spectramind.data.sensors import Sensor
from spectramind.data.simulator import Scenario, simulate
from spectramind.features.load import load_visit
from spectramind.features.solver.linearisation import Linearisation
from spectramind.features.solver.panel import panels_of
from spectramind.features.transit.star import StarPrior
from spectramind.features.transit.state import SharedPrior
from spectramind.features.transit_fit import fit_transit
from spectramind.utils.config import load_config
from spectramind.utils.progress import SilentProgress
from spectramind.utils.runs import Workspace

PLANETS = 6
EVALUATIONS = 10


def main() -> None:
    """Fit simulated visits one after the other and print the medians."""
    with TemporaryDirectory() as folder:
        raw = Path(folder) / "raw"
        simulate(
            raw,
            planets=0,
            test_planets=PLANETS,
            profile="reduced",
            seed=5,
            workers=0,
            progress=SilentProgress(),
            scenario=Scenario(second_visit_fraction=0.0),
        )
        config = load_config([f"paths.root={folder}", f"data.raw_dir={raw}", "data.split=test", "data.store_frames=false"])
        workspace = Workspace(config.paths.root).ensure()
        calibrate(config, workspace, progress=SilentProgress())
        dataset = Dataset.open(raw)
        fits, evaluations = [], []
        for planet_id in dataset.planets["test"]:
            (visit,) = dataset.visits("test", planet_id)
            fgs1, airs = (calibrated_product(workspace, visit, sensor, calibrated_by(config.data, dataset))[0] for sensor in Sensor)
            series = load_visit(fgs1, airs, dataset.wavelength_um)
            star = StarPrior.from_catalogue({str(name): value for name, value in dataset.stars["test"].loc[planet_id].items()})
            start = time.process_time()
            fit = fit_transit(series, star)
            fits.append(time.process_time() - start)
            panels, prior = panels_of(series), SharedPrior.from_star(star, series.airs.wavelength_um, fit.guess.mid_time_h)
            start = time.process_time()
            for _ in range(EVALUATIONS):
                Linearisation.at(panels, fit.state, prior)
            evaluations.append((time.process_time() - start) / EVALUATIONS)
    fit_s, evaluation_s = np.median(fits[1:]), np.median(evaluations[1:])  # the first visit pays for loading compiled code
    print(f"processor time of a transit fit, 283 bins, {series.airs.time_h.size} samples: {fit_s:.2f} s")
    print(f"transit fit / one evaluation of model, derivatives and normal equations: {fit_s / evaluation_s:.0f}")


if __name__ == "__main__":
    main()

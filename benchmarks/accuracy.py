"""Accuracy on simulated planets: naive, flat spectrum, independent bins, this pipeline, and the ideal observer.

Run: make bench-accuracy, or .venv/bin/python benchmarks/accuracy.py --help
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ideal_observer import Ideal, expected_score, ideal_likelihood, ideal_spectrum, shape_covariance
from numpy.typing import NDArray

from spectramind.data.calibrate import calibrate
from spectramind.data.dataset import Dataset, read_labels
from spectramind.data.products import calibrated_by, calibrated_product
from spectramind.data.sensors import Sensor
from spectramind.data.simulator import Scenario, simulate, truth_folder
from spectramind.evaluation.metric import official_metric
from spectramind.features.build import build_features
from spectramind.features.load import load_visit
from spectramind.features.noise.limb_evidence import LimbPrior
from spectramind.features.planet.spectrum import PlanetPrior, VisitEvidence, combine_visits, reported_spectrum, spectrum_posterior
from spectramind.features.planet_prior import PriorByPlanet
from spectramind.features.spectrum.depth_likelihood import DepthPosterior
from spectramind.features.spectrum.prior import SpectrumPrior
from spectramind.features.transit.star import StarPrior
from spectramind.features.transit_fit import fit_transit
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import Config
from spectramind.utils.parallel import map_unordered
from spectramind.utils.progress import SilentProgress
from spectramind.utils.runs import Workspace

Array = NDArray[np.float64]

SCENARIOS: dict[str, Scenario] = {
    "default": Scenario(),
    "noisy": Scenario(noise_scale=1.5, jitter_scale=2.0),
    "bad detectors": Scenario(detectors="bad", cosmic_rays_per_sample=2e-5),
    "other spectra": Scenario(spectra="gaussian_process", contrast_ppm_range=(20.0, 900.0)),
    "other limb darkening": Scenario(limb_darkening="nonlinear"),
    "square-root limb darkening": Scenario(limb_darkening="square_root"),
    "sinusoidal drift": Scenario(drift_kind="sinusoid"),
    "random-walk drift": Scenario(drift_kind="random_walk"),
    "two visits": Scenario(second_visit_fraction=1.0),
    "failures": Scenario(egress_cut_fraction=0.1, bump_ppm=1000.0, bump_fraction=0.1, detectors="auto"),
}
PARTS = 10
OURS, LABELLED = "ours", "ours, labels"


@dataclass(frozen=True, kw_only=True)
class Planet:
    """One test planet: what each method says, and the truth.

    Attributes:
        white: Error and standard deviation of the white AIRS depth without and with labels.
    """

    truth: Array
    ours: tuple[Array, Array]
    labelled: tuple[Array, Array]
    flat: tuple[Array, Array]
    independent: tuple[Array, Array]
    ideal: Ideal
    white: dict[str, tuple[float, float]]
    facts: dict[str, float]


def judge_planet(
    planet_id: str, *, dataset: Dataset, workspace: Workspace, config: Config, truths: pd.DataFrame, covariance: Array
) -> Planet:
    """Apply every method to one planet; raises InputDataError where a visit cannot be used."""
    visits, truth = dataset.visits("test", planet_id), truths.loc[planet_id].to_numpy()
    star = StarPrior.from_catalogue({str(key): value for key, value in dataset.stars["test"].loc[planet_id].items()})
    true = json.loads((truth_folder(dataset.root) / "nuisance.json").read_text())["planets"][planet_id]
    measured, parts = [], []
    for visit in visits:
        paths = [calibrated_product(workspace, visit, sensor, calibrated_by(config.data, dataset))[0] for sensor in Sensor]
        series = load_visit(paths[0], paths[1], dataset.wavelength_um)
        fit = fit_transit(series, star)
        measured.append(VisitEvidence(likelihood=fit.likelihood, limb=fit.limb, converged=fit.converged))
        parts.append(ideal_likelihood(series, star, fit, true, visit.visit))
    generic = PlanetPrior(spectrum=SpectrumPrior.generic(dataset.wavelength_um), limb=LimbPrior.of_fit())
    priors = {OURS: generic, LABELLED: PriorByPlanet(config, workspace, dataset)(planet_id)}
    posteriors = {method: spectrum_posterior(measured, prior) for method, prior in priors.items()}
    ours, labelled = (reported_spectrum(posteriors[method], config.loss.sigma_min) for method in (OURS, LABELLED))
    combined = combine_visits([visit.under(generic.limb) for visit in measured])
    free = np.linalg.inv(combined.precision)
    mean = free @ combined.right
    weights = 1.0 / np.diag(free)
    weights /= weights.sum()
    flat_mean, flat_sigma = float(weights @ mean), float(np.sqrt(weights @ free @ weights))
    return Planet(
        truth=truth,
        ours=(ours.mu, ours.sigma),
        labelled=(labelled.mu, labelled.sigma),
        flat=(np.full(truth.size, flat_mean), np.full(truth.size, max(flat_sigma, 1e-4))),
        independent=(mean, np.sqrt(np.diag(free))),
        ideal=ideal_spectrum(parts, truth, covariance),
        white={method: _white(posterior, truth) for method, posterior in posteriors.items()},
        facts=_facts(true, len(visits), truth),
    )


def _white(posterior: DepthPosterior, truth: Array) -> tuple[float, float]:
    """Return error and standard deviation of the white AIRS depth."""
    return float((posterior.mean - truth)[1:].mean()), float(np.sqrt(posterior.covariance[1:, 1:].mean()))


def _facts(true: dict[str, Any], visits: int, truth: Array) -> dict[str, float]:
    """Return what the errors may depend on but must not."""
    return {
        "visits": float(visits),
        "depth": float(truth[1:].mean()),
        "brightness": float(true["system"]["airs_electron_per_s"]),
        "impact": float(true["system"]["impact_parameter"]),
        "temperature": float(true["system"]["temperature_k"]),
        "limb darkening": float(true["limb_darkening"]["airs_blue"][0] + true["limb_darkening"]["airs_blue"][1]),
    }


def print_calibration(good: list[Planet]) -> None:
    """Print how the z-scores behave in every tenth of what they must not depend on, and by the number of visits."""
    z = np.array([(planet.ours[0] - planet.truth) / planet.ours[1] for planet in good])
    white = np.array([planet.white[OURS][0] / planet.white[OURS][1] for planet in good])
    print("\n| by | part | planets | z sd | mean z of the white depth | its standard error |\n|---|---|---|---|---|---|")
    for name in ("depth", "brightness", "impact", "temperature", "limb darkening"):
        order = np.argsort([planet.facts[name] for planet in good])
        for part, members in enumerate(np.array_split(order, PARTS), start=1):
            _print_part(name, f"{part} of {PARTS}", z[members], white[members])
    for visits in (1, 2):
        members = np.flatnonzero([planet.facts["visits"] == visits for planet in good])
        if members.size:
            _print_part("visits", str(visits), z[members], white[members])


def _print_part(name: str, part: str, z: Array, white: Array) -> None:
    error = float(white.std() / np.sqrt(white.size))
    print(f"| {name} | {part} | {white.size} | {z.std():.2f} | {white.mean():+.2f} | {error:.2f} |")


def run_scenario(
    name: str, scenario: Scenario, folder: Path, planets: int, train: int, seed: int
) -> tuple[dict[str, float | str], list[Planet]]:
    """Simulate, run the pipeline, and return one row of the table with the planets behind it."""
    out = folder / name.replace(" ", "_") / "dataset"
    simulate(
        out, planets=train, test_planets=planets, profile="reduced", seed=seed, workers=0, progress=SilentProgress(), scenario=scenario
    )
    config = load_config([f"paths.root={out.parent}", f"data.raw_dir={out}", "data.split=all", "data.store_frames=false"])
    workspace = Workspace(config.paths.root).ensure()
    calibrate(config, workspace, progress=SilentProgress())
    # What the labels teach about the limb darkening comes from the features of the training planets.
    training = load_config([f"paths.root={out.parent}", f"data.raw_dir={out}", "data.split=train", "data.store_frames=false"])
    build_features(training, workspace, progress=SilentProgress())
    dataset, labels = Dataset.open(out), read_labels(out / "train.csv").to_numpy()
    truth = read_labels(truth_folder(out) / "test.csv")
    covariance = shape_covariance(scenario)
    judge = partial(judge_planet, dataset=dataset, workspace=workspace, config=config, truths=truth, covariance=covariance)
    good = []
    for planet_id, judged in map_unordered(judge, dataset.planets["test"], workers=0):
        if isinstance(judged, BaseException):
            print(f"set aside: planet {planet_id}: {judged}", file=sys.stderr)
        else:
            good.append(judged)
    naive_mean, naive_sigma = float(labels.mean()), float(labels.std())
    true = np.array([planet.truth for planet in good])

    def scored(pairs: list[tuple[Array, Array]]) -> float:
        mu, sigma = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
        return official_metric(true, np.maximum(mu, 0.0), sigma, naive_mean=naive_mean, naive_sigma=naive_sigma).unclipped

    z = np.array([(planet.ours[0] - planet.truth) / planet.ours[1] for planet in good])
    z_labels = np.array([(planet.labelled[0] - planet.truth) / planet.labelled[1] for planet in good])
    white_z = {method: np.array([error / sigma for error, sigma in (p.white[method] for p in good)]) for method in (OURS, LABELLED)}
    ideal_white_z = np.array([(p.ideal.mu - p.truth)[1:].mean() / p.ideal.white_sigma for p in good])
    expected = expected_score(true, np.array([planet.ideal.sigma for planet in good]), naive_mean, naive_sigma)
    ideal = scored([(planet.ideal.mu, planet.ideal.sigma) for planet in good])
    ours, labelled = scored([planet.ours for planet in good]), scored([planet.labelled for planet in good])
    row: dict[str, float | str] = {
        "scenario": name,
        "planets": len(good),
        "naive": 0.0,
        "flat": scored([planet.flat for planet in good]),
        "independent": scored([planet.independent for planet in good]),
        OURS: ours,
        LABELLED: labelled,
        "ideal": ideal,
        "ideal expects": expected,
        "ours / ideal": ours / ideal,
        "labels / ideal": labelled / ideal,
        "ours / expected": ours / expected,
        "labels / expected": labelled / expected,
        "z sd": float(z.std()),
        "within 95 %": float((np.abs(z) < 1.96).mean()),
        "max abs z": float(np.abs(z).max()),
        "rms FGS1 ppm": 1e6 * float(np.sqrt(np.mean([(p.ours[0] - p.truth)[0] ** 2 for p in good]))),
        "rms AIRS ppm": 1e6 * float(np.sqrt(np.mean([(p.ours[0] - p.truth)[1:] ** 2 for p in good]))),
        "white z mean": float(white_z[OURS].mean()),
        "white z sd": float(white_z[OURS].std()),
        "white error / ideal sigma": float(np.median([abs(p.white[OURS][0]) / p.ideal.white_sigma for p in good])),
        "z sd, labels": float(z_labels.std()),
        "max abs z, labels": float(np.abs(z_labels).max()),
        "white z mean, labels": float(white_z[LABELLED].mean()),
        "white z mean, ideal": float(ideal_white_z.mean()),
    }
    return row, good


def main() -> None:
    """Print one table row a scenario, as it is finished."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--planets", type=int, default=60, help="test planets a scenario")
    parser.add_argument("--train", type=int, default=20, help="training planets, for the naive prediction")
    parser.add_argument("--seed", type=int, default=424242)
    parser.add_argument("--folder", type=Path, default=Path("demo/accuracy"))
    parser.add_argument("--scenarios", nargs="*", default=list(SCENARIOS), choices=list(SCENARIOS))
    arguments = parser.parse_args()
    for index, name in enumerate(arguments.scenarios):
        row, good = run_scenario(name, SCENARIOS[name], arguments.folder, arguments.planets, arguments.train, arguments.seed)
        if index == 0:
            print("| " + " | ".join(row) + " |\n|" + "---|" * len(row))
        print("| " + " | ".join(f"{value:.3f}" if isinstance(value, float) else str(value) for value in row.values()) + " |", flush=True)
        if name == "default":
            print_calibration(good)


if __name__ == "__main__":
    main()

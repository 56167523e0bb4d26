"""A whole simulated dataset: plan it, write it, leave the truth beside it."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spectramind.data.sensors import Sensor
from spectramind.data.simulator import files
from spectramind.data.simulator.exposure import expose
from spectramind.data.simulator.maps import draw_maps
from spectramind.data.simulator.pointing import draw_pointing
from spectramind.data.simulator.profile import Profile, get_profile
from spectramind.data.simulator.scenario import Scenario
from spectramind.data.simulator.seeds import Stream
from spectramind.data.simulator.stars import CATALOGUE_COLUMNS, catalogue_row
from spectramind.data.simulator.visit import Planet, draw_planet
from spectramind.utils.artifacts import write_json
from spectramind.utils.errors import UsageError
from spectramind.utils.parallel import map_unordered, worker_count
from spectramind.utils.progress import Progress

SIMULATOR_VERSION = 2  # raise it whenever the same request gives other bytes
LARGEST_PLANET_ID = 2**32 - 1
Split = Literal["train", "test"]
SPLITS: tuple[Split, ...] = ("train", "test")
# Measured on one core of an ordinary machine: seconds and bytes of one visit.
_VISIT_COST = {"kaggle": (35.0, 235_000_000), "reduced": (1.3, 7_600_000), "smoke": (1.0, 4_600_000)}


@dataclass(frozen=True, kw_only=True)
class SimulationReport:
    """What a simulation wrote.

    Attributes:
        reused_planets: Planets that were there already from an identical request.
        bytes: Size of the dataset folder.
    """

    out: Path
    truth: Path
    profile: str
    seed: int
    planets: int
    test_planets: int
    visits: int
    written_planets: int
    reused_planets: int
    bytes: int
    duration_s: float

    def as_dict(self) -> dict[str, Any]:
        """Return the report as a JSON-ready mapping."""
        return {**asdict(self), "out": str(self.out), "truth": str(self.truth)}


@dataclass(frozen=True, kw_only=True)
class PlanetTask:
    """One planet to simulate: small, picklable, complete."""

    folder: Path
    planet_id: int
    stream: Stream
    visits: int
    profile: str
    scenario: Scenario


def truth_folder(out: Path) -> Path:
    """Return where the truth of the test planets goes: beside the dataset, never in it."""
    return out.with_name(out.name + "_truth")


def plan(out: Path, *, planets: int, test_planets: int, profile: str, seed: int, scenario: Scenario | None = None) -> dict[str, Any]:
    """Return what `simulate` would write, with sizes and an estimate; nothing is written.

    Raises:
        UsageError: If the request makes no sense, or the folder holds something else.
    """
    sampling = get_profile(profile)
    request = _request(planets, test_planets, profile, seed, scenario or Scenario())
    tasks = _tasks(out, request, scenario or Scenario())
    missing = [task for task in tasks if not task.folder.exists()]
    _check_folder(out, request)
    seconds, size = _VISIT_COST[profile]
    return {
        "out": str(out),
        "truth": str(truth_folder(out)),
        **request,
        "visits": sum(task.visits for task in tasks),
        "planets_to_write": len(missing),
        "frames": {str(Sensor.AIRS): sampling.airs.reads, str(Sensor.FGS1): sampling.fgs1.reads},
        "estimated_bytes": size * sum(task.visits for task in tasks),
        "estimated_core_seconds": round(seconds * sum(task.visits for task in missing), 1),
    }


def simulate(
    out: Path,
    *,
    planets: int,
    test_planets: int,
    profile: str,
    seed: int,
    workers: int = 1,
    progress: Progress,
    scenario: Scenario | None = None,
) -> SimulationReport:
    """Write a dataset in competition layout below `out`, and the truth of the test planets below `<out>_truth`.

    The bytes depend on the request alone, not on the number of workers. What an earlier identical request left is kept: an interrupted
    simulation goes on where it stopped.

    Raises:
        UsageError: If the request makes no sense, or the folder holds something else.
    """
    started = time.perf_counter()
    scenario = scenario or Scenario()
    request = _request(planets, test_planets, profile, seed, scenario)
    tasks = _tasks(out, request, scenario)
    _check_folder(out, request)
    missing = [task for task in tasks if not task.folder.exists()]
    write_json(truth_folder(out) / "simulation.json", request)
    _write_tables(out, get_profile(profile), tasks)
    progress.start(f"simulate {profile}", len(missing))
    try:
        for task, result in map_unordered(simulate_planet, missing, worker_count(workers)):
            if isinstance(result, BaseException):
                raise result
            progress.advance(str(task.planet_id))
    finally:
        progress.finish()
    return SimulationReport(
        out=out,
        truth=truth_folder(out),
        profile=profile,
        seed=seed,
        planets=planets,
        test_planets=test_planets,
        visits=sum(task.visits for task in tasks),
        written_planets=len(missing),
        reused_planets=len(tasks) - len(missing),
        bytes=sum(path.stat().st_size for path in out.rglob("*") if path.is_file()),
        duration_s=round(time.perf_counter() - started, 3),
    )


def simulate_planet(task: PlanetTask) -> None:
    """Write all files of one planet; the folder appears under its name only when it is complete."""
    partial = task.folder.with_name(f".{task.folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    profile = get_profile(task.profile)
    planet = draw_planet(task.stream, task.visits, task.scenario)
    map_generator = task.stream.generator("maps")
    bad = task.scenario.detectors == "bad" or (task.scenario.detectors == "auto" and task.stream.split == "test")
    maps = {sensor: draw_maps(map_generator, sensor, bad=bad) for sensor in Sensor}
    for visit in planet.visits:
        stream = task.stream.at_visit(visit.number)
        pointing = draw_pointing(stream.generator("pointing"), visit.episode, task.scenario.jitter_scale)
        for sensor in Sensor:
            exposure = expose(profile.sampling(sensor), planet, visit, maps[sensor], pointing, task.scenario)
            generator = stream.generator("airs" if sensor is Sensor.AIRS else "fgs1")
            files.write_signal(partial / f"{sensor}_signal_{visit.number}.parquet", exposure.rows(generator))
            folder = partial / f"{sensor}_calibration_{visit.number}"
            folder.mkdir()
            for name, values in maps[sensor].stored(exposure.sampling.fold, task.scenario.noise_scale).items():
                files.write_map(folder / f"{name}.parquet", values)
    partial.rename(task.folder)


def _request(planets: int, test_planets: int, profile: str, seed: int, scenario: Scenario) -> dict[str, Any]:
    """Return everything the bytes depend on."""
    get_profile(profile)
    if planets < 0 or test_planets < 0 or planets + test_planets == 0:
        raise UsageError("there is no planet to simulate", where="--planets, --test-planets", received=f"{planets}, {test_planets}")
    if seed < 0:
        raise UsageError("a seed is not negative", where="--seed", received=seed)
    return {
        "simulator_version": SIMULATOR_VERSION,
        "profile": profile,
        "seed": seed,
        "planets": planets,
        "test_planets": test_planets,
        "scenario": scenario.as_dict(),
    }


def _check_folder(out: Path, request: dict[str, Any]) -> None:
    """Refuse to mix two datasets."""
    if not out.exists() or not any(out.iterdir()):
        return
    record = truth_folder(out) / "simulation.json"
    earlier = json.loads(record.read_text(encoding="utf-8")) if record.exists() else None
    if earlier != json.loads(json.dumps(request)):
        raise UsageError(
            "the folder holds something other than this simulation",
            where=str(out),
            received="another request" if earlier else "files of unknown origin",
            hint="choose another --out, or remove the folder and the _truth folder beside it",
        )


def _tasks(out: Path, request: dict[str, Any], scenario: Scenario) -> list[PlanetTask]:
    """Return one task a planet; ids are drawn one after the other so that none stands twice."""
    used: set[int] = set()
    tasks = []
    for split, count in zip(SPLITS, (request["planets"], request["test_planets"]), strict=True):
        phase = float(Stream(seed=request["seed"], split=split, planet=0).generator("dataset").random())
        for number in range(count):
            stream = Stream(seed=request["seed"], split=split, planet=number)
            planet_id = _draw_id(stream.generator("identity"), used)
            fraction = scenario.second_visit_fraction
            second = np.floor((number + 1) * fraction + phase) - np.floor(number * fraction + phase)
            tasks.append(
                PlanetTask(
                    folder=out / split / str(planet_id),
                    planet_id=planet_id,
                    stream=stream,
                    visits=1 + int(second),
                    profile=request["profile"],
                    scenario=scenario,
                )
            )
    return tasks


def _draw_id(generator: np.random.Generator, used: set[int]) -> int:
    while True:
        planet_id = int(generator.integers(10_000, LARGEST_PLANET_ID))
        if planet_id not in used:
            used.add(planet_id)
            return planet_id


def _write_tables(out: Path, profile: Profile, tasks: list[PlanetTask]) -> None:
    """Write every table of the dataset, and the truth beside it."""
    for split in SPLITS:
        (out / split).mkdir(parents=True, exist_ok=True)
    truth = truth_folder(out)
    drawn = {task.planet_id: (task, draw_planet(task.stream, task.visits, task.scenario)) for task in tasks}
    files.write_axis(out / "axis_info.parquet", profile)
    files.write_adc(out / "adc_info.csv", profile)
    files.write_wavelengths(out / "wavelengths.csv")
    for split in SPLITS:
        chosen = {planet_id: (task, planet) for planet_id, (task, planet) in drawn.items() if task.stream.split == split}
        stars = {
            planet_id: catalogue_row(planet.system, task.stream.generator("catalogue")) for planet_id, (task, planet) in chosen.items()
        }
        files.write_stars(out / f"{split}_star_info.csv", CATALOGUE_COLUMNS, stars, ids_as_floats=split == "test")
        files.write_spectra(out / "train.csv" if split == "train" else truth / "test.csv", _spectra(chosen))
    files.write_sample_submission(out / "sample_submission.csv", [task.planet_id for task in tasks if task.stream.split == "test"])
    nuisance = {str(planet_id): {"split": task.stream.split, **planet.as_dict()} for planet_id, (task, planet) in drawn.items()}
    write_json(truth / "nuisance.json", {"noise_scale": tasks[0].scenario.noise_scale, "planets": nuisance})


def _spectra(chosen: dict[int, tuple[PlanetTask, Planet]]) -> dict[int, NDArray[np.float64]]:
    return {planet_id: planet.spectrum.bins for planet_id, (_, planet) in chosen.items()}

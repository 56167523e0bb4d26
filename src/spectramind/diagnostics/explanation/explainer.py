"""The work of explaining: planets of a run one by one, against a background of others."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.explanation.choice import Sample
from spectramind.diagnostics.explanation.depth_solver import DepthSolver
from spectramind.diagnostics.explanation.games import NetworkGame, PhysicalGame, PlanetData, player_names
from spectramind.diagnostics.explanation.players import DepthPlayers
from spectramind.diagnostics.explanation.shapley import Attribution, shapley_values
from spectramind.diagnostics.explanation.store import Explanations
from spectramind.diagnostics.run_data import RunData
from spectramind.diagnostics.submitted_network import open_submitted_network
from spectramind.features.build import KINDS, features_by
from spectramind.features.planet.spectrum import combine_visits
from spectramind.features.planet_prior import PriorByPlanet
from spectramind.features.spectrum.prior import SpectrumPrior
from spectramind.training.load import example_of, read_features
from spectramind.utils.errors import ConfigError, InputDataError, SpectraMindError
from spectramind.utils.progress import Progress
from spectramind.utils.stage import Failure

Array = NDArray[np.float64]
LOG = logging.getLogger(__name__)

# The written submission keeps ten digits; a model that differs by more is not the one that made it.
LARGEST_DIFFERENCE = 1e-6


class Explainer:
    """Explains the planets of a run one by one, those that share a prior one after the other."""

    def __init__(self, run: RunData) -> None:
        self._run, self._sample = run, Sample.draw(run)
        self._prior, self._version = PriorByPlanet(run.config, run.workspace, run.dataset), features_by(run.config, run.dataset)
        self._network = open_submitted_network(run) if run.config.model.kind == "network" else None
        self._players = DepthPlayers.of(run.wavelength_um)
        self._solvers: tuple[SpectrumPrior, dict[str, DepthSolver]] | None = None

    def explain(self, progress: Progress) -> Explanations:
        """Explain all; raises InputDataError where not one could be."""
        background, set_aside = self._read_background()
        made: dict[str, Attribution] = {}
        progress.start("explain", len(self._sample.chosen))
        try:
            for planet_id in self._by_prior():
                try:
                    made[planet_id] = self._explain_one(planet_id, background)
                except ConfigError:
                    raise
                except (SpectraMindError, np.linalg.LinAlgError, ValueError) as error:
                    set_aside[planet_id] = Failure.of(error).reason
                    LOG.warning("planet %s is not explained: %s", planet_id, set_aside[planet_id])
                progress.advance(planet_id)
        finally:
            progress.finish()
        return self._together(made, set_aside, tuple(other.planet_id for other in background))

    def _by_prior(self) -> list[str]:
        """Return the planets to explain, those that share a prior together."""
        groups: dict[int, list[str]] = {}
        for place in self._sample.chosen:
            planet_id = self._run.planet_ids[place]
            groups.setdefault(id(self._prior(planet_id).spectrum), []).append(planet_id)
        return [planet_id for group in groups.values() for planet_id in group]

    def _together(self, made: Mapping[str, Attribution], set_aside: Mapping[str, str], background: tuple[str, ...]) -> Explanations:
        if not made:
            reason = next(iter(set_aside.values()))
            raise InputDataError("not one planet could be explained", received=reason, hint="spectramind features", section="13")
        run = self._run
        chosen = {run.planet_ids[place]: why for place, why in self._sample.chosen.items()}
        explained = [planet_id for planet_id in chosen if planet_id in made]
        base, values, error = (
            np.stack([getattr(made[planet_id], name) for planet_id in explained]) for name in ("base", "values", "standard_error")
        )
        return Explanations(
            planet_ids=tuple(explained),
            chosen=tuple(chosen[planet_id] for planet_id in explained),
            players=player_names(self._players, network=self._network is not None),
            wavelength_um=run.wavelength_um,
            base=base,
            values=values,
            standard_error=error,
            set_aside=dict(set_aside),
            model_kind=run.config.model.kind,
            background=background,
        )

    def _read_background(self) -> tuple[list[PlanetData], dict[str, str]]:
        """Return the background planets, and why some could not be read."""
        background, set_aside = [], {}
        for place in self._sample.background:
            planet_id = self._run.planet_ids[place]
            try:
                background.append(self._read(planet_id))
            except (SpectraMindError, np.linalg.LinAlgError, ValueError) as error:
                set_aside[planet_id] = f"no background: {Failure.of(error).reason}"
        return background, set_aside

    def _read(self, planet_id: str) -> PlanetData:
        run, kinds = self._run, KINDS if self._network is not None else ()
        visits, complaints = [], []
        for visit in run.dataset.visits(run.split, planet_id):
            try:
                visits.append(read_features(run.workspace, visit, self._version, kinds))
            except InputDataError as error:
                complaints.append(str(error))
        if not visits:
            raise InputDataError("a planet has no features", where=planet_id, received="; ".join(complaints), hint="spectramind features")
        likelihood = combine_visits([visit.evidence.under(self._prior(planet_id).limb) for visit in visits])
        example = example_of(planet_id, visits, config=run.config, prior=self._prior) if self._network is not None else None
        depth = np.asarray(np.linalg.solve(likelihood.precision, likelihood.right), dtype=np.float64)
        return PlanetData(planet_id=planet_id, depth=depth, precision=likelihood.precision, example=example)

    def _explain_one(self, planet_id: str, background: Sequence[PlanetData]) -> Attribution:
        config, place = self._run.config, self._run.planet_ids.index(planet_id)
        planet, prior = self._read(planet_id), self._prior(planet_id).spectrum
        others = [other for other in background if other.planet_id != planet_id][: config.diag.shap_background]
        if not others:
            raise InputDataError("no background planet could be read", where=planet_id, hint="spectramind features")
        game = self._game(planet, others, prior)
        _require_same(game(np.ones((1, len(game.names)), dtype=np.bool_))[0], self._run.mu[place], planet_id)
        if self._network is None:  # every coalition is worked out already
            return shapley_values(game, len(game.names), evaluations=2 ** len(game.names), seed=0)
        evaluations, seed = config.diag.shap_evaluations // len(others), config.global_.seed % 2**31 + place
        return shapley_values(game, len(game.names), evaluations=evaluations, seed=seed)

    def _game(self, planet: PlanetData, others: Sequence[PlanetData], prior: SpectrumPrior) -> PhysicalGame | NetworkGame:
        """Return the game of the model that made the submission."""
        own = DepthSolver(planet.precision, prior, self._run.config.loss.sigma_min)
        physical = PhysicalGame(planet, others, self._players, (own, [self._solver(other, prior) for other in others]))
        if self._network is None:
            return physical
        assert planet.example is not None
        examples = [other.example for other in others if other.example is not None]
        return NetworkGame(planet.example, examples, physical, self._network)

    def _solver(self, other: PlanetData, prior: SpectrumPrior) -> DepthSolver:
        """Return the solver of a background planet's precision; those of one prior are kept while that prior lasts."""
        if self._solvers is None or self._solvers[0] is not prior:
            self._solvers = (prior, {})
        known = self._solvers[1]
        if other.planet_id not in known:
            known[other.planet_id] = DepthSolver(other.precision, prior, self._run.config.loss.sigma_min)
        return known[other.planet_id]


def _require_same(explained: Array, submitted: Array, planet_id: str) -> None:
    """Raise InputDataError where the model does not give again what the submission says."""
    difference = float(np.abs(explained - submitted).max())
    if difference > LARGEST_DIFFERENCE:
        raise InputDataError(
            "the model no longer gives the submitted spectrum",
            where=planet_id,
            received=f"{difference * 1e6:.1f} ppm apart",
            hint="spectramind predict --out-csv outputs/submission.csv",
            section="13",
        )

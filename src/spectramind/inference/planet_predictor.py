"""Predict one planet after another with the configured model; where it has no answer say so and give a more modest one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import Split
from spectramind.features.build import KINDS, features_by
from spectramind.features.planet.spectrum import FEWEST_LABELS, NAIVE_SIGMA, Spectrum, naive_spectrum, predict_spectrum
from spectramind.features.planet_prior import PriorByPlanet
from spectramind.features.spectrum.prior import MEAN_DEPTH
from spectramind.inference.manifest import PlanetOutcome, PlanetStatus
from spectramind.inference.model_identity import network_identity
from spectramind.training.load import VisitFeatures, example_of, read_features
from spectramind.training.setup import usable_labels
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError, SpectraMindError
from spectramind.utils.runs import Workspace

if TYPE_CHECKING:
    from spectramind.inference.network_ensemble import NetworkEnsemble


class PredictedBy(StrEnum):
    """What a spectrum came from; the first two are the kinds of ``model.kind``."""

    PHYSICS = "physics"
    NETWORK = "network"
    NAIVE = "naive"


@dataclass(frozen=True, kw_only=True)
class PlanetPrediction:
    """Spectrum of one planet, what it came from, and how the planet fared."""

    spectrum: Spectrum
    by: PredictedBy
    outcome: PlanetOutcome


class PlanetPredictor:
    """Predicts planets of one split and remembers which feature products were used.

    ``naive`` is mean and standard deviation of all training labels, the naive prediction of the official metric; where there are
    too few, the published ones.

    A labelled planet is predicted out of sample: with the prior over spectra of the other folds, and by the network that was not
    trained on it.

    Raises:
        InputDataError, ConfigError: If train.csv is there and unusable, or ``model.kind=network`` and there is no usable network.
    """

    def __init__(self, config: Config, workspace: Workspace, dataset: Dataset, split: Split) -> None:
        labels = usable_labels(dataset)
        self._config, self._workspace, self._dataset, self._split = config, workspace, dataset, split
        self.prior, self._version = PriorByPlanet(config, workspace, dataset), features_by(config, dataset)
        self._fallback = naive_spectrum(dataset.wavelength_um.size, None if labels is None else labels.to_numpy())
        self.naive = (MEAN_DEPTH, NAIVE_SIGMA)
        if labels is not None and len(labels) >= FEWEST_LABELS:
            self.naive = (float(labels.to_numpy().mean()), float(labels.to_numpy().std()))
        self.ensemble = _open_ensemble(config, workspace, dataset) if config.model.kind == "network" else None
        self.bins = int(dataset.wavelength_um.size)
        self.keys: dict[str, str] = {}

    @property
    def model(self) -> dict[str, Any]:
        """What names the model in a manifest: its kind, and of networks the key of their training and their hashes."""
        return {"kind": self._config.model.kind} | (network_identity(self.ensemble.record) if self.ensemble else {})

    def __call__(self, planet_id: str) -> PlanetPrediction:
        """Predict a planet; one whose visits cannot be used gets the mean and the scatter of all planets."""
        visits = self._dataset.visits(self._split, planet_id)
        measured, complaints = [], []
        for visit in visits:
            try:
                features = read_features(self._workspace, visit, self._version, KINDS if self.ensemble else ())
            except InputDataError as error:
                complaints.append(str(error))
                continue
            measured.append(features)
            self.keys[visit.name] = features.key
            if not features.evidence.converged:
                complaints.append(f"{visit.name}: the fit did not come to a standstill; its errors were doubled")
        if not measured:
            return self._naive("; ".join(complaints) or "the dataset has no visit of this planet")
        try:
            spectrum, by = self._spectrum(planet_id, measured, complaints)
        except (SpectraMindError, np.linalg.LinAlgError, ValueError) as error:
            return self._naive(f"{type(error).__name__}: {error}")
        status = PlanetStatus.DEGRADED if complaints else PlanetStatus.COMPLETE
        return PlanetPrediction(spectrum=spectrum, by=by, outcome=PlanetOutcome(status, "; ".join(complaints)))

    def _naive(self, reason: str) -> PlanetPrediction:
        return PlanetPrediction(spectrum=self._fallback, by=PredictedBy.NAIVE, outcome=PlanetOutcome(PlanetStatus.FALLBACK, reason))

    def _spectrum(self, planet_id: str, measured: Sequence[VisitFeatures], complaints: list[str]) -> tuple[Spectrum, PredictedBy]:
        """Return the physical spectrum, or that of the network where one is asked for and has an answer."""
        if self.ensemble is not None:
            try:
                example = example_of(planet_id, measured, config=self._config, prior=self.prior)
                return self.ensemble(example), PredictedBy.NETWORK
            except (SpectraMindError, np.linalg.LinAlgError, ValueError) as error:
                complaints.append(f"predicted without the network: {error}")
        evidence = [visit.evidence for visit in measured]
        return predict_spectrum(evidence, self.prior(planet_id), self._config.loss.sigma_min), PredictedBy.PHYSICS


def _open_ensemble(config: Config, workspace: Workspace, dataset: Dataset) -> NetworkEnsemble:
    """Load the networks, and with them a library that predicting by physics alone does without."""
    from spectramind.inference.network_ensemble import NetworkEnsemble

    return NetworkEnsemble.open(config, workspace, dataset)

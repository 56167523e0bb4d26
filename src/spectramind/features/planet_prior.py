"""The prior of each planet, learned from training labels that never include the planet itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectramind.data.dataset import Dataset
from spectramind.features.build import data_hash
from spectramind.features.noise.limb_evidence import LimbPrior
from spectramind.features.planet.folds import assign_folds
from spectramind.features.planet.known_limbs import read_known_limbs, star_of
from spectramind.features.planet.limb_population import LimbPopulation
from spectramind.features.planet.spectrum import PlanetPrior
from spectramind.features.spectrum.prior import SpectrumPrior
from spectramind.utils.config.schema import Config
from spectramind.utils.runs import Workspace


class PriorByPlanet:
    """Gives every planet its prior.

    Without labels, or with ``model.learn_prior=false``, that is the generic one. A planet that has no label of its own gets
    one learned from all labels; a labelled planet one learned from the other folds. The limb darkening is learned where the
    features of labelled planets were measured (`known_limbs`).
    """

    def __init__(self, config: Config, workspace: Workspace, dataset: Dataset) -> None:
        labels = dataset.labels()
        self._learn, self._dataset = config.model.learn_prior, dataset
        self._labels = labels.to_numpy() if labels is not None and labels.shape[1] == dataset.wavelength_um.size else None
        self._limbs = read_known_limbs(workspace, dataset, data_hash(config, dataset)) if self._learn else None
        ids = [] if labels is None else [str(planet_id) for planet_id in labels.index]
        self._position = {planet_id: place for place, planet_id in enumerate(ids)}
        self._fold = assign_folds(ids, config.train.folds, config.global_.seed)
        self._known: dict[int | None, tuple[SpectrumPrior, LimbPopulation | None]] = {}

    def __call__(self, planet_id: str) -> PlanetPrior:
        """Return the prior of a planet."""
        spectrum, population = self._without(self._fold.get(planet_id))
        limb = LimbPrior.of_fit() if population is None else population.prior(star_of(self._dataset, planet_id).temperature_k)
        return PlanetPrior(spectrum=spectrum, limb=limb)

    def as_dict(self) -> dict[str, int]:
        """Return, JSON-ready, how many labels and visits the prior of a planet without a label is learned from; 0 for nothing learned."""
        spectrum, population = self._without(None)
        learned = any(hypothesis.length_um is None for hypothesis in spectrum.hypotheses)
        return {"spectra": len(self._position) if learned else 0, "limb_darkening": population.visits if population else 0}

    def labels_for(self, planet_id: str) -> NDArray[np.float64] | None:
        """Return the (planet, bin) labels a planet's prediction may be learned from: all but those of its own fold; None without labels."""
        return self._labels_without(self._fold.get(planet_id))

    def _labels_without(self, fold: int | None) -> NDArray[np.float64] | None:
        if self._labels is None:
            return None
        return self._labels[[place for other, place in self._position.items() if fold is None or self._fold[other] != fold]]

    def _without(self, fold: int | None) -> tuple[SpectrumPrior, LimbPopulation | None]:
        """Return what is learned from all folds but one."""
        if fold not in self._known:
            labels, um = self._labels_without(fold) if self._learn else None, self._dataset.wavelength_um
            spectrum = SpectrumPrior.generic(um) if labels is None else SpectrumPrior.learned(um, labels)
            self._known[fold] = spectrum, self._population(fold)
        return self._known[fold]

    def _population(self, fold: int | None) -> LimbPopulation | None:
        if self._limbs is None:
            return None
        others = self._limbs.of(
            np.array([fold is None or self._fold[str(other)] != fold for other in self._limbs.planet_ids], dtype=np.bool_)
        )
        return LimbPopulation.learn(others) if others.planet_ids.size else None

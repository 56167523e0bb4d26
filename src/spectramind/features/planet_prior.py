"""The prior of each planet, learned from training labels that never include the planet itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectramind.data.dataset import Dataset
from spectramind.features.build import data_hash
from spectramind.features.folds import assign_folds
from spectramind.features.known_limbs import read_known_limbs, star_of
from spectramind.features.limb_evidence import LimbPrior
from spectramind.features.limb_population import LimbPopulation
from spectramind.features.planet_spectrum import PlanetPrior
from spectramind.features.spectrum_prior import SpectrumPrior
from spectramind.utils.config.schema import Config
from spectramind.utils.runs import Workspace


class PriorByPlanet:
    """Gives every planet its prior.

    With ``model.learn_prior=false`` that is the generic one. Else the spectrum's is learned from the labels, where there are enough, and
    that of the limb darkening from the light curves of other planets (`known_limbs`): labelled ones where there are any, else all.
    A planet that something is learned from gets a prior learned from the other folds; any other planet one learned from all.
    """

    def __init__(self, config: Config, workspace: Workspace, dataset: Dataset) -> None:
        labels = dataset.labels()
        self._learn, self._dataset = config.model.learn_prior, dataset
        self._labels = labels.to_numpy() if labels is not None and labels.shape[1] == dataset.wavelength_um.size else None
        ids = [] if labels is None else [str(planet_id) for planet_id in labels.index]
        self._position = {planet_id: place for place, planet_id in enumerate(ids)}
        self._fold = assign_folds(ids, config.train.folds, config.global_.seed)
        known = read_known_limbs(workspace, dataset, data_hash(config, dataset)) if self._learn else None
        self._limbs = None if known is None else known.most_telling()
        self._limb_fold = self._fold
        if self._limbs is not None and not self._limbs.labelled.any():
            self._limb_fold = assign_folds(self._limbs.planet_ids.tolist(), config.train.folds, config.global_.seed)
        self._spectra: dict[int | None, SpectrumPrior] = {}
        self._populations: dict[int | None, LimbPopulation | None] = {}

    def __call__(self, planet_id: str) -> PlanetPrior:
        """Return the prior of a planet."""
        population = self._population(self._limb_fold.get(planet_id))
        limb = LimbPrior.of_fit() if population is None else population.prior(star_of(self._dataset, planet_id).temperature_k)
        return PlanetPrior(spectrum=self._spectrum(self._fold.get(planet_id)), limb=limb)

    def as_dict(self) -> dict[str, int]:
        """Return, JSON-ready, what the prior of a planet is learned from that nothing is learned from; 0 for nothing.

        Keys: spectra, labels; limb_darkening, visits, and limb_darkening_labelled, those of them with known depths.
        """
        learned = any(hypothesis.length_um is None for hypothesis in self._spectrum(None).hypotheses)
        population = self._population(None)
        labelled = self._limbs is not None and bool(self._limbs.labelled.any())
        visits = 0 if population is None else population.visits
        return {
            "spectra": len(self._position) if learned else 0,
            "limb_darkening": visits,
            "limb_darkening_labelled": visits if labelled else 0,
        }

    def labels_for(self, planet_id: str) -> NDArray[np.float64] | None:
        """Return the (planet, bin) labels a planet's prediction may be learned from: all but those of its own fold; None without labels."""
        return self._labels_without(self._fold.get(planet_id))

    def _labels_without(self, fold: int | None) -> NDArray[np.float64] | None:
        if self._labels is None:
            return None
        return self._labels[[place for other, place in self._position.items() if fold is None or self._fold[other] != fold]]

    def _spectrum(self, fold: int | None) -> SpectrumPrior:
        """Return what the labels of all folds but one teach."""
        if fold not in self._spectra:
            labels, um = self._labels_without(fold) if self._learn else None, self._dataset.wavelength_um
            self._spectra[fold] = SpectrumPrior.generic(um) if labels is None else SpectrumPrior.learned(um, labels)
        return self._spectra[fold]

    def _population(self, fold: int | None) -> LimbPopulation | None:
        """Return what the limbs of all folds but one teach."""
        if self._limbs is None:
            return None
        if fold not in self._populations:
            others = self._limbs.of(np.array([fold is None or self._limb_fold[str(other)] != fold for other in self._limbs.planet_ids]))
            self._populations[fold] = LimbPopulation.learn(others) if others.planet_ids.size else None
        return self._populations[fold]

"""The prior over spectra for each planet, learned from training labels that never include the planet itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectramind.data.dataset import Dataset
from spectramind.features.folds import assign_folds
from spectramind.features.spectrum_prior import SpectrumPrior
from spectramind.utils.config.schema import Config


class PriorByPlanet:
    """Gives every planet its prior.

    Without labels, or with ``model.learn_prior=false``, that is the generic one. A planet that has no label of its own gets
    one learned from all labels; a labelled planet one learned from the other folds.
    """

    def __init__(self, config: Config, dataset: Dataset) -> None:
        labels = dataset.labels()
        self._learn = config.model.learn_prior
        self._wavelength_um = dataset.wavelength_um
        self._labels = labels.to_numpy() if labels is not None and labels.shape[1] == dataset.wavelength_um.size else None
        ids = [] if labels is None else [str(planet_id) for planet_id in labels.index]
        self._position = {planet_id: place for place, planet_id in enumerate(ids)}
        self._fold = assign_folds(ids, config.train.folds, config.global_.seed)
        self._known: dict[int | None, SpectrumPrior] = {}

    def __call__(self, planet_id: str) -> SpectrumPrior:
        """Return the prior of a planet."""
        fold = self._fold.get(planet_id)
        if fold not in self._known:
            labels = self.labels_for(planet_id) if self._learn else None
            um = self._wavelength_um
            self._known[fold] = SpectrumPrior.generic(um) if labels is None else SpectrumPrior.learned(um, labels)
        return self._known[fold]

    def labels_for(self, planet_id: str) -> NDArray[np.float64] | None:
        """Return the (planet, bin) labels a planet's prediction may be learned from: all but those of its own fold; None without labels."""
        if self._labels is None:
            return None
        fold = self._fold.get(planet_id)
        return self._labels[[place for other, place in self._position.items() if fold is None or self._fold[other] != fold]]

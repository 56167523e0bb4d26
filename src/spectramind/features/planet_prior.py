"""The prior over spectra for each planet, learned from training labels that never include the planet itself."""

from __future__ import annotations

from spectramind.data.dataset import Dataset
from spectramind.features.spectrum_prior import SpectrumPrior
from spectramind.utils.config.schema import Config


class PriorByPlanet:
    """Gives every planet its prior.

    Without labels, or with ``model.learn_prior=false``, that is the generic one. A planet that has no label of its own gets
    one learned from all labels; a labelled planet one learned from the other folds.
    """

    def __init__(self, config: Config, dataset: Dataset) -> None:
        labels = dataset.labels() if config.model.learn_prior else None
        self._wavelength_um = dataset.wavelength_um
        self._labels = labels.to_numpy() if labels is not None and labels.shape[1] == dataset.wavelength_um.size else None
        ids = sorted(labels.index) if labels is not None else []
        self._position = {planet_id: place for place, planet_id in enumerate(labels.index)} if labels is not None else {}
        self._fold = {planet_id: place % config.train.folds for place, planet_id in enumerate(ids)}
        self._known: dict[int | None, SpectrumPrior] = {}

    def __call__(self, planet_id: str) -> SpectrumPrior:
        """Return the prior of a planet."""
        if self._labels is None:
            return SpectrumPrior.generic(self._wavelength_um)
        fold = self._fold.get(planet_id)
        if fold not in self._known:
            kept = [place for other, place in self._position.items() if fold is None or self._fold[other] != fold]
            self._known[fold] = SpectrumPrior.learned(self._wavelength_um, self._labels[kept])
        return self._known[fold]

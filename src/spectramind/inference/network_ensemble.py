"""The trained networks at work: from a planet's features to one spectrum, the mixture of what the members say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spectramind.data.dataset import Dataset
from spectramind.features.build import data_hash
from spectramind.features.planet.spectrum import SMALLEST_DEPTH, Spectrum
from spectramind.models.network import Network, build_network
from spectramind.training.collate import collate
from spectramind.training.ensemble import EnsembleRecord, read_record, record_path
from spectramind.training.examples import PlanetExample
from spectramind.training.seeds import make_deterministic
from spectramind.training.weights import member_weights
from spectramind.utils.config import config_dict
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import ConfigError, InputDataError
from spectramind.utils.runs import Workspace

TRAIN_HINT = "spectramind train --phase supervised; or predict without the network: model.kind=physics"


@dataclass(frozen=True, kw_only=True)
class Insight:
    """What all members make of a planet on the way to its spectrum.

    Every member has a space of its own for its latents, so that they are not averaged but stand side by side, in the order of the folds.

    Attributes:
        light, spectrum, fused: (member x width,) pooled latents of the light curve, of the spectrum, and of both.
        attention: (edge,) share of its attention that a bin gives to another, mean over members, layers and heads, in the order of
            `NetworkEnsemble.edges`; None where the networks have no graph encoder.
    """

    light: NDArray[np.float32]
    spectrum: NDArray[np.float32]
    fused: NDArray[np.float32]
    attention: NDArray[np.float32] | None


class NetworkEnsemble:
    """Members of a trained ensemble, as trained: sizes come from the record, not from the configuration.

    A labelled planet is predicted by the one member that was not trained on it.
    """

    def __init__(self, record: EnsembleRecord, networks: dict[int, Network]) -> None:
        self.record, self._networks = record, networks

    @classmethod
    def open(cls, config: Config, workspace: Workspace, dataset: Dataset) -> NetworkEnsemble:
        """Read the ensemble that was trained last.

        Raises:
            InputDataError: If there is none, it is damaged, or was trained on other wavelengths or other features.
            ConfigError: If the configuration asks for another network than was trained.
        """
        record = read_record(workspace, "supervised")
        if record is None:
            raise InputDataError("no network has been trained", where=str(record_path(workspace, "supervised")), hint=TRAIN_HINT)
        _check(record, config, workspace, dataset)
        return cls.of(record, workspace, dataset)

    @classmethod
    def of(cls, record: EnsembleRecord, workspace: Workspace, dataset: Dataset) -> NetworkEnsemble:
        """Build the networks of a record and load their weights.

        Raises:
            InputDataError: If a checkpoint is missing, not the recorded one, or that of a network as another version built it.
        """
        make_deterministic(threads=1)
        networks = {}
        for member in record.members:
            network = build_network(
                record.model_config, wavelength_um=dataset.wavelength_um, seam_bins=record.seam_bins, sigma_min=record.sigma_min
            )
            _load(network, member_weights(workspace, member), where=str(workspace.root / member.checkpoint))
            networks[member.fold] = network.eval()
        return cls(record, networks)

    def seen_by_those_for(self, planet_id: str) -> frozenset[str]:
        """Return the planets on which the networks that answer for a planet were trained.

        Raises:
            InputDataError: If the planet was trained on by every member there is.
        """
        folds, record = self._folds_for(planet_id), self.record
        return frozenset(other for other, own in record.fold_of.items() if other not in record.set_aside and set(folds) - {own})

    @torch.no_grad()
    def __call__(self, example: PlanetExample) -> Spectrum:
        """Return mean and standard deviation of the mixture of the members' Gaussians.

        Raises:
            InputDataError: If the planet was trained on by every member there is, or the result is not finite.
        """
        members = [self._networks[fold] for fold in self._folds_for(example.planet_id)]
        batch = collate([example])
        outputs = [network(batch) for network in members]
        mu, sigma = (np.stack([getattr(output, name)[0].double().numpy() for output in outputs]) for name in ("mu", "sigma"))
        if not (np.isfinite(mu).all() and np.isfinite(sigma).all()):
            raise InputDataError("the network's prediction is not finite", where=example.planet_id)
        mean = mu.mean(axis=0)
        spread = np.sqrt((sigma**2 + (mu - mean) ** 2).mean(axis=0))
        return Spectrum(mu=np.maximum(mean, SMALLEST_DEPTH), sigma=spread)

    @property
    def edges(self) -> NDArray[np.int64]:
        """(2, edge) bin that is heard, bin that hears: the links of the graph of wavelengths."""
        index: NDArray[np.int64] = next(iter(self._networks.values())).graph.index.numpy()
        return index

    @torch.no_grad()
    def look_into(self, example: PlanetExample) -> Insight:
        """Return latents and attention of all members, also of those that were trained on the planet: this predicts nothing."""
        batch = collate([example])
        outputs = [self._networks[fold](batch, with_attention=True) for fold in sorted(self._networks)]
        light, spectrum, fused = (
            torch.cat([getattr(output, name)[0] for output in outputs]).float().numpy()
            for name in ("light_latent", "spectrum_latent", "fused_latent")
        )
        attention = [output.attention[:, 0].mean(dim=(0, 2)) for output in outputs if output.attention is not None]
        mean = torch.stack(attention).mean(dim=0).float().numpy() if attention else None
        return Insight(light=light, spectrum=spectrum, fused=fused, attention=mean)

    def _folds_for(self, planet_id: str) -> tuple[int, ...]:
        fold = self.record.fold_of.get(planet_id)
        if fold is None or planet_id in self.record.set_aside:
            return tuple(self._networks)
        if fold not in self._networks:
            raise InputDataError(
                "a planet was trained on by every member of the ensemble",
                where=planet_id,
                received=f"fold {fold} has no member",
                hint="train.members equal to train.folds, then spectramind train --phase supervised",
            )
        return (fold,)


def _load(network: Network, weights: dict[str, Tensor], *, where: str) -> None:
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:  # names or shapes differ
        received = str(error).splitlines()[1].strip()
        raise InputDataError("the network was trained with another version", where=where, received=received, hint=TRAIN_HINT) from error


def _check(record: EnsembleRecord, config: Config, workspace: Workspace, dataset: Dataset) -> None:
    where = str(record_path(workspace, "supervised"))
    wavelength_um = np.array(record.wavelength_um)
    if wavelength_um.shape != dataset.wavelength_um.shape or not np.allclose(wavelength_um, dataset.wavelength_um, rtol=1e-6):
        raise InputDataError(
            "the network was trained on other wavelengths", where=where, received=f"{dataset.wavelength_um.size} bins", hint=TRAIN_HINT
        )
    if record.data_hash != data_hash(config, dataset):
        raise InputDataError(
            "the network was trained on features of another version, calibration or instrument",
            where=where,
            received=f"{record.data_hash[:12]}, now {data_hash(config, dataset)[:12]}",
            hint=TRAIN_HINT,
        )
    trained, asked = dict(record.model), config_dict(config.model)
    differing: dict[str, Any] = {name: asked[name] for name in ("baseline", "learn_prior", "sigma_head") if asked[name] != trained[name]}
    if differing:
        raise ConfigError(
            "the network was trained under another model configuration",
            where=where,
            received=", ".join(f"model.{name}={value}" for name, value in differing.items()),
            hint=TRAIN_HINT,
        )

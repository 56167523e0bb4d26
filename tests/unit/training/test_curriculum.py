"""The phases: what each minimises, and with which weights it may begin."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from spectramind.training.curriculum import PHASES, make_objective, phase_settings
from spectramind.utils.config import load_config
from spectramind.utils.config.learning import PhaseConfig, TrainConfig

WAVELENGTH_UM = np.concatenate([[0.7], np.linspace(1.95, 3.9, 20)])


def test_every_phase_has_settings_of_its_own() -> None:
    config = load_config(["train.mae.epochs=7", "train.contrastive.epochs=8", "train.supervised.epochs=9"])
    assert [phase_settings(config.train, phase).epochs for phase in ("mae", "contrastive", "supervised")] == [7, 8, 9]
    assert {each.name for each in fields(TrainConfig) if each.type in (PhaseConfig, "PhaseConfig")} == set(PHASES)


def test_a_phase_begins_with_an_earlier_one() -> None:
    order = list(PHASES)
    for phase, earlier in PHASES.items():
        assert all(order.index(each) < order.index(phase) for each in earlier)
        assert list(earlier) == sorted(earlier, key=order.index, reverse=True)


@pytest.mark.parametrize(
    ("phase", "monitor", "kind"),
    [("mae", "total", "MaskedBins"), ("contrastive", "total", "TransitContrast"), ("supervised", "gll", "Supervised")],
)
def test_objectives(phase: str, monitor: str, kind: str) -> None:
    config = load_config(["data.extraction.seam_bins=[]", "train.mask=0.4", "train.temperature=0.2"])
    labels = np.random.default_rng(0).normal(0.01, 1e-3, (3, 21))
    objective = make_objective(phase, config, WAVELENGTH_UM, labels)
    assert type(objective).__name__ == kind
    assert objective.monitor == monitor
    expected = {"mae": ("share", 0.4), "contrastive": ("temperature", 0.2), "supervised": ("naive_mean", labels.mean())}[phase]
    assert getattr(objective, expected[0]) == pytest.approx(expected[1])

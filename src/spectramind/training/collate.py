"""Planets into one batch: light curves padded to the longest, inputs in single, depths in double precision."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from spectramind.models.batch import LIGHT_CHANNELS, PlanetBatch
from spectramind.training.examples import PlanetExample


def collate(examples: Sequence[PlanetExample]) -> PlanetBatch:
    """Stack planets; shorter light curves end in zeros where ``light_valid`` is False.

    The truth is there only if it is known of every planet.

    Raises:
        ValueError: If there is no planet, or their numbers of bins differ.
    """
    curves = [example.light for example in examples]
    light = np.zeros((len(curves), max(len(curve) for curve in curves), len(LIGHT_CHANNELS)), dtype=np.float32)
    valid = np.zeros(light.shape[:2], dtype=np.bool_)
    for row, curve in enumerate(curves):
        light[row, : len(curve)] = curve
        valid[row, : len(curve)] = True
    truths = [example.truth for example in examples if example.truth is not None]
    return PlanetBatch(
        light=torch.from_numpy(light),
        light_valid=torch.from_numpy(valid),
        nodes=torch.from_numpy(np.stack([example.nodes for example in examples])),
        baseline_mean=torch.from_numpy(np.stack([example.baseline_mean for example in examples])),
        baseline_sigma=torch.from_numpy(np.stack([example.baseline_sigma for example in examples])),
        truth=torch.from_numpy(np.stack(truths)) if len(truths) == len(examples) else None,
    )

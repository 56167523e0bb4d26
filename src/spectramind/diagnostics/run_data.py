"""What a run left behind, as the dashboard and other reports read it: submission, manifest, truth, and the features of its planets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import Split
from spectramind.utils.config.schema import Config
from spectramind.utils.runs import Workspace

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class RunData:
    """One prediction and what is known about it.

    Attributes:
        split: Split that was predicted.
        submission: The CSV; the manifest lies beside it.
        manifest: `submission_manifest.json`, checked against its schema.
        planet_ids: In the order of the submission.
        wavelength_um: (bin,), FGS1 first.
        mu, sigma: (planet, bin) predicted depths and standard deviations.
        truth: (planet, bin) true depths, NaN where unknown; None where no planet's is known.
    """

    config: Config
    workspace: Workspace
    dataset: Dataset
    split: Split
    submission: Path
    manifest: Mapping[str, Any]
    planet_ids: tuple[str, ...]
    wavelength_um: Array
    mu: Array
    sigma: Array
    truth: Array | None

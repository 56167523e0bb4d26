"""Evidence of the limb darkening for visits that were never fitted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectramind.features.noise.limb_evidence import LimbEvidence, LimbPrior

Array = NDArray[np.float64]


def silent(bins: int) -> LimbEvidence:
    """Depths that do not go with the limb, of which nothing is seen."""
    fitted = LimbPrior.of_fit()
    return LimbEvidence(mean=fitted.mean, slope=np.zeros((fitted.mean.size, bins)), covariance=fitted.covariance)


def arrays(bins: int) -> dict[str, Array]:
    """The same, as transit features hold it."""
    own = silent(bins)
    return {"limb_mean": own.mean, "limb_slope": own.slope, "limb_covariance": own.covariance}

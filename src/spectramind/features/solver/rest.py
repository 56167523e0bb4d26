"""Everything but the depths, called the rest: what is assumed about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky

from spectramind.features.drift.drift import Drift
from spectramind.features.drift.prior import DriftPrior
from spectramind.features.drift.slow_process import NO_PROCESS, Kernel, SlowProcess
from spectramind.features.solver.panel import Panel, Panels
from spectramind.features.transit.state import SharedPrior, TransitState

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class NoiseHypothesis:
    """What is assumed about everything slow that is not a transit.

    Attributes:
        fgs1, airs: Drift of either sensor.
        white_sigma: Relative white noise common to all AIRS bins.
        slow: Process common to all AIRS bins.
    """

    fgs1: DriftPrior = DriftPrior()  # noqa: RUF009  (frozen)
    airs: DriftPrior = DriftPrior()  # noqa: RUF009  (frozen)
    white_sigma: float = 1e-5
    slow: SlowProcess = NO_PROCESS

    def with_known_colour(self) -> NoiseHypothesis:
        """Return the hypothesis with the AIRS drift's colour taken as it is."""
        return self if self.airs.separable_rest is None else replace(self, airs=replace(self.airs, known_colour=True))


@dataclass(frozen=True, kw_only=True)
class RestPrior:
    """Gaussian prior of the rest, as seen from a state.

    Attributes:
        offset: (rest,) state minus prior mean.
        blocks: Lower Cholesky factors along the diagonal of the prior covariance, one-dimensional where it is diagonal.
    """

    offset: Array
    blocks: tuple[Array, ...]

    @classmethod
    def of(cls, panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis) -> RestPrior:
        """Put the priors of shared unknowns, drifts and common flux together."""
        drifts = (
            drift_prior(panel, drift, hypothesis)
            for panel, drift, hypothesis in zip(panels, state.drift, (noise.fgs1, noise.airs), strict=True)
        )
        return cls.joined(shared_prior(state, prior), *drifts, common_prior(panels[1], state, noise))

    @classmethod
    def joined(cls, *parts: RestPrior) -> RestPrior:
        """Return the prior of parts that are independent beforehand."""
        return cls(offset=np.concatenate([part.offset for part in parts]), blocks=tuple(block for part in parts for block in part.blocks))

    def whiten(self, values: Array) -> Array:
        """Return ``root.T @ values``, with the lower Cholesky factor of the prior covariance, for (rest,) or (rest, column) values."""
        parts, start = [], 0
        for block in self.blocks:
            part = values[start : start + len(block)]
            parts.append(block.T @ part if block.ndim == 2 else (block * part.T).T)
            start += len(block)
        return np.concatenate(parts)

    def unwhiten(self, values: Array) -> Array:
        """Return ``root @ values``; as ``whiten``."""
        parts, start = [], 0
        for block in self.blocks:
            part = values[start : start + len(block)]
            parts.append(block @ part if block.ndim == 2 else (block * part.T).T)
            start += len(block)
        return np.concatenate(parts)

    def whitened_factor(self, precision: Array) -> Array:
        """Return the lower Cholesky factor of ``1 + root.T @ precision @ root``: posterior precision in units of the prior."""
        whitened = self.whiten(self.whiten(precision).T)
        whitened[np.diag_indices(whitened.shape[0])] += 1.0
        return np.asarray(cholesky(whitened, lower=True, overwrite_a=True, check_finite=False))


def shared_prior(state: TransitState, prior: SharedPrior) -> RestPrior:
    """Return the prior of the unknowns that all bins share."""
    return RestPrior(offset=state.shared - prior.mean, blocks=(prior.sigma,))


def drift_prior(panel: Panel, drift: Drift, hypothesis: DriftPrior) -> RestPrior:
    """Return the prior of one sensor's drift."""
    mean, blocks = hypothesis.moments(drift, panel.drift)
    return RestPrior(offset=drift.vector - mean, blocks=blocks)


def common_prior(panel: Panel, state: TransitState, noise: NoiseHypothesis) -> RestPrior:
    """Return the prior of the flux common to all AIRS bins.

    A rough drift does not end where its slow modes do. What they leave has the colour of the drift; as common flux it has the mean
    of that colour. Left out, it would pass for a grey process, and a slow part of that for a part of the transit.
    """
    rough = beyond_modes(noise)
    if rough is NO_PROCESS and noise.slow.sigma <= 0.0:
        return RestPrior(offset=state.common, blocks=(np.full(state.common.size, noise.white_sigma),))
    covariance = panel.drift.process_covariance(noise.slow)
    if rough is not NO_PROCESS:
        weight = 1.0 / panel.variance.mean(axis=1)
        colour = float(weight @ (state.drift[1].colour @ panel.drift.in_wavelength) / weight.sum())
        covariance += colour**2 * panel.drift.beyond_modes(rough)
    covariance[np.diag_indices(state.common.size)] += noise.white_sigma**2
    return RestPrior(offset=state.common, blocks=(cholesky(covariance, lower=True, overwrite_a=True),))


def beyond_modes(noise: NoiseHypothesis) -> SlowProcess:
    """Return the process of a separable AIRS drift where its slow modes do not hold all of it; others they do hold."""
    drift = noise.airs
    return drift.slow if drift.separable_rest is not None and drift.slow.kernel is Kernel.ROUGH else NO_PROCESS

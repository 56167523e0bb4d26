"""Everything but the depths, called the rest: what is assumed about it, and what the light curves say of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag, cholesky, solve_triangular

from spectramind.features.drift import DriftPrior
from spectramind.features.linearisation import Panel
from spectramind.features.slow_process import NO_PROCESS, SlowProcess, common_root
from spectramind.features.transit_state import SharedPrior, TransitState

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
    def of(cls, panels: tuple[Panel, Panel], state: TransitState, prior: SharedPrior, noise: NoiseHypothesis) -> RestPrior:
        """Put the priors of shared unknowns, drifts and common flux together."""
        pairs = zip((noise.fgs1, noise.airs), state.drift, panels, strict=True)
        drifts = [hypothesis.moments(drift, panel.drift) for hypothesis, drift, panel in pairs]
        offsets = [drift.vector - mean for drift, (mean, _) in zip(state.drift, drifts, strict=True)]
        beside = _common_covariance(panels[1], state, noise.airs)
        common = common_root(panels[1].series.time_h, noise.white_sigma, noise.slow, beside)
        return cls(
            offset=np.concatenate([state.shared - prior.mean, *offsets, state.common]),
            blocks=(prior.sigma, *(block for _, blocks in drifts for block in blocks), common),
        )

    @property
    def root(self) -> Array:
        """The (rest, rest) lower Cholesky factor of the prior covariance."""
        return np.asarray(block_diag(*(np.diag(block) if block.ndim == 1 else block for block in self.blocks)))

    def whiten(self, values: Array) -> Array:
        """Return ``root.T @ values``, block by block, for (rest,) or (rest, column) values."""
        parts, start = [], 0
        for block in self.blocks:
            part = values[start : start + len(block)]
            parts.append(block.T @ part if block.ndim == 2 else (block * part.T).T)
            start += len(block)
        return np.concatenate(parts)

    def whitened_factor(self, precision: Array) -> Array:
        """Return the lower Cholesky factor of ``1 + root.T @ precision @ root``: posterior precision in units of the prior."""
        whitened = self.whiten(self.whiten(precision).T)
        whitened[np.diag_indices(whitened.shape[0])] += 1.0
        return np.asarray(cholesky(whitened, lower=True, overwrite_a=True, check_finite=False))


def _common_covariance(panel: Panel, state: TransitState, drift: DriftPrior) -> Array | None:
    """Return the (time, time) covariance of the flux that a separable drift adds to all AIRS bins beyond its slow modes.

    A rough drift does not end where the modes do. What they leave has the colour of the drift; as common flux it has the mean
    of that colour. Left out, it would pass for a grey process, and a slow part of that for a part of the transit.
    """
    if drift.separable_rest is None or drift.slow.sigma <= 0.0:
        return None
    weight = 1.0 / panel.variance.mean(axis=1)
    colour = float(weight @ (state.drift[1].colour @ panel.drift.in_wavelength) / weight.sum())
    return colour**2 * panel.drift.beyond_modes(drift.slow)


@dataclass(frozen=True, kw_only=True)
class RestLikelihood:
    """Gaussian likelihood of a step of the rest from the current state, the depths integrated over.

    ``log L(step) = log_evidence + right . step - step . precision . step / 2``
    """

    precision: Array
    right: Array
    log_evidence: float

    def log_evidence_under(self, prior: RestPrior) -> float:
        """Return the log evidence of a prior of the rest."""
        moved = self.precision @ prior.offset
        factor = prior.whitened_factor(self.precision)
        half = solve_triangular(factor, prior.whiten(self.right + moved), lower=True)
        return float(self.log_evidence - (self.right + 0.5 * moved) @ prior.offset + 0.5 * half @ half - np.log(np.diag(factor)).sum())

"""What the colour of a separable drift owes to a shape in time that is not known exactly.

Colour times shape is no linear model. Where colour and shape are most probable together, a colour that the light curves do not tell well
comes out too large, for a large colour lets the shape be small. What is wanted is the colour that is most probable with shape, depths and
all else integrated over (the same question as in probabilistic components: Bishop 2006, Pattern Recognition and Machine Learning,
section 12.2). Given the colour all else is Gaussian, so that

    log Z(colour) = largest joint density at that colour - 1/2 log det(precision of all else)

and the derivative of the second term is the pull that the joint mode lacks.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spectramind.features.drift.drift import DriftBasis
from spectramind.features.solver.joint_system import JointSystem
from spectramind.features.solver.linearised import Linearised
from spectramind.features.solver.normal_equations import NormalEquations, local_precision
from spectramind.features.solver.rest import RestPrior
from spectramind.features.spectrum.depth_likelihood import DepthPrior
from spectramind.features.transit.state import SHARED, TransitState

Array = NDArray[np.float64]


def with_colour_pull(
    system: JointSystem,
    linear: Linearised,
    equations: NormalEquations,
    basis: DriftBasis,
    state: TransitState,
    rest: RestPrior,
    depth: DepthPrior,
    damped: bool,
) -> JointSystem:
    """Return the system with the pull on the right-hand side of the colour of AIRS.

    Args:
        linear, equations: Of AIRS.
        basis: Of AIRS.
        rest, depth: Priors of the rest, with the colour known, and of the depths.
        damped: Whether to add what an uncertain shape would tell of the colour were it seen, so that steps cannot overshoot (the
            precision of a step of expectation and maximisation, Dempster et al. 1977). Light curves tell less, so that it is no
            part of a posterior.
    """
    fgs1, airs = state.drift
    first = SHARED + fgs1.vector.size + airs.free.size
    shape = slice(first, first + airs.shape.size)
    colour = slice(shape.stop, shape.stop + airs.colour.size)
    by_depth, by_rest = _covariances(system, rest, depth, state, shape)
    covariance = _with_model(linear, equations, basis.in_time.T @ by_depth[:, 1:], basis.in_time.T @ by_rest[:, system.rest_columns[1]])
    right = system.rest_right.copy()
    right[colour] -= basis.in_wavelength @ (linear.weight * linear.light * covariance).sum(axis=1)
    if not damped:
        return replace(system, rest_right=right)
    spread = _spread(linear, basis.in_time.T @ by_rest[:, shape] @ basis.in_time)
    rest_rest = system.rest_rest.copy()
    rest_rest[colour, colour] += (basis.in_wavelength * spread) @ basis.in_wavelength.T
    return replace(system, rest_right=right, rest_rest=rest_rest)


def _covariances(system: JointSystem, rest: RestPrior, depth: DepthPrior, state: TransitState, shape: slice) -> tuple[Array, Array]:
    """Return posterior covariances of the shape, (time function, bin) with the depths and (time function, rest) with the rest."""
    others = system.without_rest(rest)
    at_depth = others.covariance_times(np.eye(system.rest_right.size)[:, shape])
    by_depth = -at_depth.T @ system.depth_rest.T @ others.depths.posterior(depth, state.depth).covariance
    return by_depth, (at_depth - others.covariance_times((by_depth @ system.depth_rest).T)).T


def _with_model(linear: Linearised, equations: NormalEquations, by_depth: Array, by_rest: Array) -> Array:
    """Return the (bin, time) posterior covariance of the shape and the whole model at one time.

    Args:
        by_depth: (time, bin) covariance of the shape at a time with the depths.
        by_rest: (time, rest) with what this sensor feels of the rest, the common flux last.
    """
    shared, times = linear.shared.shape[1], len(by_rest)
    common = by_rest.shape[1] - times
    by_local = -by_depth.T[:, None, :] * equations.local_gain[:, :, :1] - equations.local_gain[:, :, 1:] @ by_rest.T
    return np.asarray(
        np.einsum("jxt,tx->jt", linear.shared, by_rest[:, :shared])
        + linear.depth * by_depth.T
        + linear.light * (linear.drift.at_times(by_rest[:, shared:common]) + np.diag(by_rest[:, common:]))
        + np.einsum("jlt,jlt->jt", linear.local, by_local)
    )


def _spread(linear: Linearised, covariance: Array) -> Array:
    """Return (bin,) by how much a shape of (time, time) covariance adds to what each bin seems to tell of the colour."""
    by_gain = linear.weight * linear.light
    own = (by_gain * linear.light) @ np.diag(covariance)
    local = linear.local * by_gain[:, None, :]
    corner = (linear.local * linear.weight[:, None, :]) @ linear.local.transpose(0, 2, 1)
    corner += np.diag(local_precision(linear))
    lost = np.linalg.solve(corner, local @ covariance @ local.transpose(0, 2, 1))
    return np.asarray(own - np.trace(lost, axis1=1, axis2=2))

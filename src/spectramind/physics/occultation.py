"""Moments of the stellar disc hidden behind a dark planet, and their derivatives: compiled scalar kernels.

With star radius 1, planet radius k and centre distance b, three integrals over the hidden part of the disc describe every
quadratic limb-darkening law:  M0 = area,  M1 = integral of mu,  M2 = integral of r^2,  where mu = sqrt(1 - r^2).

M1 follows Agol, Luger & Foreman-Mackey (2020, AJ 159, 123; section 3), with the complete elliptic integrals of Bulirsch (1969). The
derivatives are integrals along the planet's limb (Reynolds' transport theorem): they hold no third-kind integral and stay finite at
b = 0, k, 1 - k and 1 + k.

The compiled code is cached on disk and renewed when this file changes: every kernel that calls another one therefore lives here.
Loops over points are plain functions, not ufuncs: the cache of a generalised ufunc and that of its kernel are two files, and
processes that compile at the same time can leave a pair that does not belong together and crashes whoever loads it.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Moments = tuple[float, float, float, float, float, float, float, float, float]
Linear = tuple[float, float, float]
Output = NDArray[np.float64]


CONVERGENCE = 1.5e-8  # square root of the machine precision: the iteration converges quadratically


@njit(cache=True)
def elliptic_integrals(kc: float, p: float, a: float, b: float) -> Linear:
    """Return three complete elliptic integrals for one modulus from a single descending iteration.

    Equation:  cel(kc, p, a, b) = int_0^(pi/2) (a cos^2 + b sin^2) / (cos^2 + p sin^2) / sqrt(cos^2 + kc^2 sin^2)
    Args:      kc > 0 complementary modulus; p > 0; a and b weights of the first integral.
    Returns:   (cel(kc, p, a, b), cel(kc, 1, 1, kc^2) = E(m), cel(kc, 1, 1, 0) = (E(m) - (1 - m) K(m)) / m)  with m = 1 - kc^2.
    """
    root = math.sqrt(p)
    product, mean, geometric = kc, 1.0, kc
    a1, b1 = a, b / root
    a2, b2 = 1.0, kc * kc
    a3, b3 = 1.0, 0.0
    while True:
        ratio, shrink = product / root, product / mean
        a1, b1 = a1 + b1 / root, 2.0 * (b1 + a1 * ratio)
        a2, b2 = a2 + b2 / mean, 2.0 * (b2 + a2 * shrink)
        a3, b3 = a3 + b3 / mean, 2.0 * (b3 + a3 * shrink)
        root += ratio
        previous = mean
        mean += geometric
        if not abs(previous - geometric) > previous * CONVERGENCE:  # written so that a NaN ends the loop
            break
        geometric = 2.0 * math.sqrt(product)
        product = geometric * mean
    half_pi = 0.5 * math.pi
    first = half_pi * (a1 * mean + b1) / (mean * (mean + root))
    scale = half_pi / (2.0 * mean * mean)
    return first, scale * (a2 * mean + b2), scale * (a3 * mean + b3)


@njit(cache=True)
def linear_moment_inside(b: float, k: float) -> Linear:
    """Return M1, dM1/db, dM1/dk for a planet entirely on the disc, b + k < 1."""
    if b == 0.0:
        cosine = math.sqrt((1.0 - k) * (1.0 + k))
        return 2.0 * math.pi / 3.0 * (1.0 - cosine**3), 0.0, 2.0 * math.pi * k * cosine
    outer = (1.0 - b - k) * (1.0 + b + k)
    inner = (k - (b - 1.0)) * (1.0 + b - k)
    kc_squared = outer / inner
    kc, chord = math.sqrt(kc_squared), math.sqrt(inner)
    if b == k:
        m = 4.0 * k * k
        _, complete, reduced = elliptic_integrals(kc, 1.0, 1.0, 1.0)
        moment = math.pi / 3.0 + 2.0 / 9.0 * ((2.0 * m - 3.0) * complete - m * reduced)
    else:
        skew = (b - k) / (b + k)
        offset = 3.0 * skew / inner
        p = skew * skew * kc_squared
        third, complete, reduced = elliptic_integrals(kc, p, 1.0 + offset, p + offset)
        moment = 2.0 / 9.0 * chord * (outer * third - (4.0 - 7.0 * k * k - b * b) * complete)
        if b < k:
            moment += 2.0 * math.pi / 3.0
    return moment, 4.0 / 3.0 * k * chord * (complete - 2.0 * reduced), 4.0 * k * chord * complete


@njit(cache=True)
def linear_moment_limb(b: float, k: float) -> Linear:
    """Return M1, dM1/db, dM1/dk for a planet that crosses the stellar limb, 1 - k < b < 1 + k."""
    fourbk = 4.0 * b * k
    inner = (k - (b - 1.0)) * (1.0 + b - k)
    kc_squared = -(1.0 - b - k) * (1.0 + b + k) / fourbk
    kc, root = math.sqrt(kc_squared), math.sqrt(b * k)
    if b == k:
        _, complete, reduced = elliptic_integrals(kc, 1.0, 1.0, 1.0)
        m = 4.0 * k * k
        moment = math.pi / 3.0 + ((2.0 * m - 3.0) * reduced - m * complete) / (9.0 * k)
    else:
        p = (b - k) * (b - k) * kc_squared
        third, complete, reduced = elliptic_integrals(kc, p, 0.0, 3.0 * kc_squared * (b - k) * (b + k))
        moment = inner * (third + (-3.0 + 6.0 * k * k + 2.0 * b * k) * reduced - fourbk * complete) / (9.0 * root)
        if b < k:
            moment += 2.0 * math.pi / 3.0
    slope = k * inner / root
    return moment, 2.0 / 3.0 * slope * (reduced - 2.0 * complete), 2.0 * slope * reduced


@njit(cache=True)
def linear_moment_touching(k: float) -> Linear:
    """Return M1, dM1/db, dM1/dk where the planet touches the stellar limb from inside, b = 1 - k."""
    chord = math.sqrt(k * (1.0 - k))
    moment = 2.0 / 3.0 * math.acos(1.0 - 2.0 * k) - 4.0 / 9.0 * (3.0 + 2.0 * k - 8.0 * k * k) * chord
    return moment, -8.0 / 3.0 * k * chord, 8.0 * k * chord


@njit(cache=True)
def _hidden_at_limb(b: float, k: float, gap: float, square: float) -> Moments:
    linear, linear_db, linear_dk = linear_moment_limb(b, k)
    kite = math.sqrt(-gap * (1.0 + b + k) * (1.0 + b - k) * (k - (b - 1.0)))
    planet_angle = math.atan2(kite, square - 1.0)
    star_angle = math.atan2(kite, 1.0 + b * b - k * k)
    area = star_angle + k * k * planet_angle - 0.5 * kite
    moment = 0.5 * (star_angle + k * k * (square + b * b) * planet_angle - 0.25 * (1.0 + 5.0 * k * k + b * b) * kite)
    area_db = -kite / b
    moment_db = 2.0 * k * k * b * planet_angle + kite * (0.5 * (square - 1.0) - square) / b
    moment_dk = 2.0 * k * (square * planet_angle - kite)
    return area, linear, moment, area_db, linear_db, moment_db, 2.0 * k * planet_angle, linear_dk, moment_dk


@njit(cache=True)
def hidden_moments(b: float, k: float) -> Moments:
    """Return M0, M1, M2, then their derivatives in b, then in k.

    Args:
        b: Centre distance in stellar radii, >= 0.
        k: Planet radius in stellar radii, 0 <= k < 1.
    """
    if b - 1.0 >= k or k == 0.0:
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    gap = 1.0 - b - k  # formed in the same order as in the functions it calls: rounding cannot part them
    square = b * b + k * k
    if gap >= 0.0:
        linear, linear_db, linear_dk = linear_moment_inside(b, k) if gap > 0.0 else linear_moment_touching(k)
        area = math.pi * k * k
        around = 2.0 * math.pi * k
        return area, linear, area * (b * b + 0.5 * k * k), 0.0, linear_db, 2.0 * area * b, around, linear_dk, around * square
    return _hidden_at_limb(b, k, gap, square)


@njit("void(float64[::1], float64[::1], float64[::1], float64[::1], float64[::1])", cache=True)
def fill_transit_flux(separation: Output, ratio: Output, limb1: Output, limb2: Output, flux: Output) -> None:
    """Fill the relative flux, (point,) each; see `physics.transit` for the law and the checked entrance."""
    for point in range(flux.size):
        b, k, u1, u2 = separation[point], ratio[point], limb1[point], limb2[point]
        flux[point] = 1.0
        if not b - 1.0 >= k:
            area, linear, square, _, _, _, _, _, _ = hidden_moments(b, k)
            slope = u1 + 2.0 * u2
            norm = 1.0 / (math.pi * (1.0 - u1 / 3.0 - u2 / 6.0))
            flux[point] = 1.0 - ((1.0 - slope) * area + slope * linear + u2 * square) * norm


@njit("void(float64[::1], float64[::1], float64[::1], float64[::1], float64[:, ::1])", cache=True)
def fill_transit_gradient(separation: Output, ratio: Output, limb1: Output, limb2: Output, filled: Output) -> None:
    """Fill the relative flux and its derivatives in b, k, u1, u2: the five rows of ``filled``, (5, point)."""
    for point in range(filled.shape[1]):
        b, k, u1, u2 = separation[point], ratio[point], limb1[point], limb2[point]
        if b - 1.0 >= k:
            filled[0, point] = 1.0
            filled[1:, point] = 0.0
            continue
        area, linear, square, area_db, linear_db, square_db, area_dk, linear_dk, square_dk = hidden_moments(b, k)
        slope = u1 + 2.0 * u2
        norm = 1.0 / (math.pi * (1.0 - u1 / 3.0 - u2 / 6.0))
        depth = ((1.0 - slope) * area + slope * linear + u2 * square) * norm
        filled[0, point] = 1.0 - depth
        filled[1, point] = -((1.0 - slope) * area_db + slope * linear_db + u2 * square_db) * norm
        filled[2, point] = -((1.0 - slope) * area_dk + slope * linear_dk + u2 * square_dk) * norm
        filled[3, point] = (area - linear - depth * math.pi / 3.0) * norm
        filled[4, point] = (2.0 * (area - linear) - square - depth * math.pi / 6.0) * norm

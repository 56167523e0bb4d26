"""Laws every transit light curve obeys, over the whole range of its arguments."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spectramind.physics.orbit import sky_separation
from spectramind.physics.transit import quadratic_transit, quadratic_transit_gradient

ratios = st.floats(0.0, 0.5, exclude_max=True)
u1s = st.floats(0.0, 0.6)
u2s = st.floats(0.0, 0.4)
contacts = st.sampled_from(["centre", "k", "1 - k", "1 + k"])
offsets = st.one_of(st.just(0.0), st.floats(-1e-6, 1e-6), st.integers(-4, 4).map(lambda steps: steps * 2.0**-53))


@given(b=st.floats(0.0, 2.0), k=ratios, u1=u1s, u2=u2s)
def test_flux_is_between_the_darkest_patch_and_one(b: float, k: float, u1: float, u2: float) -> None:
    flux = float(quadratic_transit(b, k, u1, u2))
    deepest = k**2 / (1.0 - u1 / 3.0 - u2 / 6.0)
    assert 1.0 - deepest - 1e-12 <= flux <= 1.0 + 1e-15


@given(b=st.floats(0.0, 1.4), pair=st.tuples(ratios, ratios), u1=u1s, u2=u2s)
def test_a_larger_planet_hides_no_less(b: float, pair: tuple[float, float], u1: float, u2: float) -> None:
    smaller, larger = quadratic_transit(b, np.sort(pair), u1, u2)
    assert larger <= smaller + 1e-13


@given(pair=st.tuples(st.floats(0.0, 1.5), st.floats(0.0, 1.5)), k=ratios, u1=u1s, u2=u2s)
def test_nearer_the_centre_is_no_brighter(pair: tuple[float, float], k: float, u1: float, u2: float) -> None:
    inner, outer = quadratic_transit(np.sort(pair), k, u1, u2)
    assert inner <= outer + 1e-13


@given(contact=contacts, offset=offsets, k=ratios, u1=u1s, u2=u2s)
@example(contact="1 - k", offset=0.0, k=0.1, u1=0.4, u2=0.1)
@settings(max_examples=400)
def test_flux_and_gradient_are_finite_at_every_contact(contact: str, offset: float, k: float, u1: float, u2: float) -> None:
    b = abs({"centre": 0.0, "k": k, "1 - k": 1.0 - k, "1 + k": 1.0 + k}[contact] + offset)
    assert all(np.isfinite(value) for value in quadratic_transit_gradient(b, k, u1, u2))


@given(b=st.floats(0.0, allow_nan=False, allow_infinity=True), k=ratios, u1=u1s, u2=u2s)
def test_flux_and_gradient_are_finite_everywhere(b: float, k: float, u1: float, u2: float) -> None:
    assert all(np.isfinite(value) for value in quadratic_transit_gradient(b, k, u1, u2))


@given(
    lag=st.floats(0.0, 0.6), mid_time=st.just(0.0), period=st.floats(2.5, 8.0), axis=st.floats(4.0, 21.0), b=st.floats(0.0, 1.2), k=ratios
)
def test_light_curve_is_symmetric_in_time(lag: float, mid_time: float, period: float, axis: float, b: float, k: float) -> None:
    before, after = quadratic_transit(sky_separation([-lag, lag], mid_time, period, axis, b), k, 0.4, 0.1)
    assert before == after

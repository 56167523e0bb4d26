"""Properties of the forward effects over their whole range."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spectramind.data.detector.linearity import evaluate_polynomial
from spectramind.data.sensors import Sensor
from spectramind.data.simulator.effects.adc import digitise
from spectramind.data.simulator.effects.nonlinearity import compress
from spectramind.data.simulator.maps import draw_maps
from spectramind.data.simulator.seeds import Stream


@given(electron=st.floats(-990.0, 148_000.0), fold=st.integers(1, 90))
def test_a_digitised_read_is_less_than_one_step_below_the_electrons(electron: float, fold: int) -> None:
    gain, offset = 0.4369 / fold, -1000.0 * fold
    stored = digitise(np.array([[electron * fold]], dtype=np.float32), gain, offset)
    decoded = float(stored[0, 0]) / gain + offset
    rounding = 4.0e-7 * (abs(electron) + 1000.0) * fold
    assert -rounding <= electron * fold - decoded < 1.0 / gain + rounding


@settings(deadline=None, max_examples=25)
@given(charge=st.floats(0.0, 1.0e5), seed=st.integers(0, 1000), fold=st.sampled_from([1, 30, 90]))
def test_any_charge_comes_back_through_any_pixels_polynomial(charge: float, seed: int, fold: int) -> None:
    maps = draw_maps(np.random.Generator(np.random.SFC64(seed)), Sensor.FGS1, bad=True)
    stored = maps.linearity.reshape(6, -1) * float(fold) ** (1 - np.arange(6))[:, None]
    true = np.full((stored.shape[1], 1), charge * fold, dtype=np.float32)
    restored, _ = evaluate_polynomial(stored, compress(true, stored, 1.0e5 * fold).astype(np.float64))
    np.testing.assert_allclose(restored / fold, true / fold, atol=0.1)


@given(seed=st.integers(0, 2**32 - 1), planet=st.integers(0, 2000), visit=st.integers(0, 1))
def test_streams_repeat_themselves_and_never_each_other(seed: int, planet: int, visit: int) -> None:
    stream = Stream(seed=seed, split="train", planet=planet, visit=visit)
    first = stream.generator("airs").random(3)
    np.testing.assert_array_equal(first, stream.generator("airs").random(3))
    others = [
        stream.generator("fgs1"),
        Stream(seed=seed, split="test", planet=planet, visit=visit).generator("airs"),
        stream.at_visit(visit + 1).generator("airs"),
        Stream(seed=seed, split="train", planet=planet + 1, visit=visit).generator("airs"),
    ]
    assert all((other.random(3) != first).all() for other in others)

"""Decoder of the depths."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tiny_network as tiny
import torch
from torch import Tensor

from spectramind.models.decoder import DepthDecoder, interpolation
from spectramind.utils.errors import ConfigError

GENERATOR = torch.Generator().manual_seed(0)
LATENT, STATES = torch.randn(2, 8, generator=GENERATOR), torch.randn(2, tiny.BINS, 8, generator=GENERATOR)


def decoder() -> DepthDecoder:
    torch.manual_seed(0)
    return DepthDecoder(tiny.model_config(), tiny.WAVELENGTH_UM)


def fitted(target: Tensor) -> Tensor:
    """What the decoder says after it has been fitted to a correction."""
    model = decoder()
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(250):
        optimiser.zero_grad()
        ((model(LATENT, STATES) - target) ** 2).mean().backward()
        optimiser.step()
    with torch.no_grad():
        correction: Tensor = model(LATENT, STATES)
    return correction


def test_it_starts_at_no_correction_and_can_leave_it() -> None:
    model = decoder()
    correction = model(LATENT, STATES)
    assert correction.shape == (2, tiny.BINS)
    assert not correction.any()
    correction.sum().backward()
    assert all(bool(weight.grad) for name, weight in model.outputs.named_parameters() if name.endswith("bias"))


TARGETS: dict[str, Callable[[Tensor], Tensor]] = {
    "a common shift of AIRS": lambda place: (place > 0).float(),
    "FGS1 alone": lambda place: (place == 0).float(),
    "a slope": lambda place: (place - 20.0) / 20.0 * (place > 0),
    "every second bin": lambda place: (place % 2).float(),
}


@pytest.mark.parametrize("name", TARGETS)
def test_what_it_can_say(name: str) -> None:
    target = TARGETS[name](torch.arange(tiny.BINS)) * torch.tensor([[1.0], [-2.0]])
    assert float((fitted(target) - target).abs().mean()) < 0.15


def test_a_constant_of_the_coarse_level_shifts_all_airs_bins_alike() -> None:
    model = decoder()
    with torch.no_grad():
        model.outputs[0].bias.fill_(0.7)  # type: ignore[operator]
    correction = model(LATENT, STATES).detach()
    torch.testing.assert_close(correction[:, 1:], torch.full((2, tiny.BINS - 1), 0.7))
    assert not correction[:, 0].any()


def test_interpolation_is_exact_for_straight_lines() -> None:
    places, knots = np.array([1.0, 1.3, 2.9, 4.0]), np.linspace(1.0, 4.0, 5)
    matrix = interpolation(places, knots).double().numpy()
    np.testing.assert_allclose(matrix @ (2.0 - 3.0 * knots), 2.0 - 3.0 * places, atol=1e-6)
    np.testing.assert_array_equal(interpolation(places, np.array([2.0])).numpy(), 1.0)


def test_more_middle_bins_than_bins_are_refused_by_name() -> None:
    with pytest.raises(ConfigError) as caught:
        DepthDecoder(tiny.model_config(middle_bins=tiny.BINS), tiny.WAVELENGTH_UM)
    assert caught.value.where == "model.decoder.middle_bins"

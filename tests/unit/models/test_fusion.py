"""Fusions."""

from __future__ import annotations

from dataclasses import replace

import pytest
import tiny_network as tiny
import torch
from torch import Tensor, nn

from spectramind.models.registry import FUSIONS
from spectramind.utils.config.learning import FusionConfig
from spectramind.utils.errors import ConfigError


def made(kind: str) -> nn.Module:
    torch.manual_seed(0)
    return FUSIONS[kind](tiny.model_config(fusion=kind, fgs1=replace(tiny.FGS1, width=12)))


def given() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    shapes = {"light": (3, 12), "steps": (3, 20, 12), "states": (3, 41, 8), "spectrum": (3, 8)}
    return {name: torch.randn(*shape, generator=generator) for name, shape in shapes.items()} | {"valid": tiny.batch(3).light_valid}


@pytest.mark.parametrize("kind", FUSIONS)
def test_shapes_and_that_both_latents_count(kind: str) -> None:
    fusion, inputs = made(kind), given()
    latent, states = fusion(**inputs)
    assert latent.shape == (3, 8)
    assert states.shape == inputs["states"].shape
    for name in ("light", "spectrum"):
        changed, _ = fusion(**inputs | {name: inputs[name] + 1.0})
        assert ((changed - latent).abs().amax(-1) > 1e-4).all()


@pytest.mark.parametrize("kind", FUSIONS)
def test_only_cross_attention_changes_the_states(kind: str) -> None:
    _, states = made(kind)(**given())
    assert torch.equal(states, given()["states"]) == (kind != "cross")


def test_bins_attend_to_samples_that_exist_and_to_no_others() -> None:
    fusion, inputs = made("cross"), given()
    _, before = fusion(**inputs)
    valid = inputs["valid"][..., None]
    _, padding = fusion(**inputs | {"steps": torch.where(valid, inputs["steps"], 9.0)})
    _, samples = fusion(**inputs | {"steps": torch.where(valid, 9.0, inputs["steps"])})
    torch.testing.assert_close(padding, before)
    assert ((samples - before).abs().amax(-1) > 0.0).all()


def test_a_planet_without_samples_is_finite() -> None:
    latent, states = made("cross")(**given() | {"valid": torch.zeros(3, 20, dtype=torch.bool)})
    assert latent.isfinite().all()
    assert states.isfinite().all()


def test_a_width_that_the_heads_do_not_divide_is_refused_by_name() -> None:
    config = replace(tiny.model_config(fusion="cross"), fusion=FusionConfig(kind="cross", width=9))
    with pytest.raises(ConfigError) as caught:
        FUSIONS["cross"](config)
    assert caught.value.where == "model.fusion.width"
    assert caught.value.hint == "choose model.fusion.width=10"

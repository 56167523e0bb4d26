"""Encoder of the light curve."""

from __future__ import annotations

from dataclasses import replace

import pytest
import tiny_network as tiny
import torch
from torch.export import Dim

from spectramind.models.light_encoder import IN_TRANSIT, STEP_RANGE, LightEncoder, Mixer, NoLight
from spectramind.utils.errors import ConfigError

BATCH = tiny.batch(4, times=30)


def encoder(seed: int = 0) -> LightEncoder:
    torch.manual_seed(seed)
    return LightEncoder(tiny.FGS1)


def test_shapes() -> None:
    pooled, steps = encoder()(BATCH.light, BATCH.light_valid)
    assert pooled.shape == (4, 8)
    assert steps.shape == (4, 30, 8)


def test_a_padded_planet_has_the_latents_it_has_alone() -> None:
    model, length = encoder(), int(BATCH.light_valid[1].sum())
    assert length < 30
    light = BATCH.light.clone()
    light[1, length:] = torch.nan
    pooled, steps = model(light, BATCH.light_valid)
    alone_pooled, alone_steps = model(BATCH.light[1:2, :length], BATCH.light_valid[1:2, :length])
    torch.testing.assert_close(pooled[1:2], alone_pooled, rtol=0.0, atol=1e-5)
    torch.testing.assert_close(steps[1:2, :length], alone_steps, rtol=0.0, atol=1e-5)
    assert not steps[1, length:].any()


def test_a_gap_inside_the_light_curve_is_not_seen() -> None:
    model, valid, light = encoder(), torch.ones(4, 30, dtype=torch.bool), BATCH.light.clone()
    valid[:, 11:14] = False
    before, _ = model(light, valid)
    light[:, 11:14] = 1e6
    after, _ = model(light, valid)
    assert torch.equal(before, after)


@pytest.mark.parametrize("changed", [0, 29])
def test_every_sample_hears_of_the_first_and_of_the_last(changed: int) -> None:
    model, valid, light = encoder(), torch.ones(4, 30, dtype=torch.bool), BATCH.light.clone()
    _, before = model(light, valid)
    light[:, changed, 0] += 3.0
    _, after = model(light, valid)
    assert ((after - before).abs().amax(-1) > 0.0).all()


def test_the_latent_knows_the_samples_in_transit_from_the_others() -> None:
    model, light = encoder(), BATCH.light.clone()
    before, _ = model(light, BATCH.light_valid)
    light[..., IN_TRANSIT] = 1.0 - light[..., IN_TRANSIT]
    after, _ = model(light, BATCH.light_valid)
    assert (before - after).abs().max() > 1e-3


def test_no_sample_at_all_gives_finite_latents_and_gradients() -> None:
    model = encoder()
    pooled, _ = model(BATCH.light, torch.zeros_like(BATCH.light_valid))
    pooled.sum().backward()
    assert pooled.isfinite().all()
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in model.parameters())


def test_steps_start_in_their_range() -> None:
    torch.manual_seed(0)
    step = torch.nn.functional.softplus(Mixer(replace(tiny.FGS1, width=64)).step_bias).detach()
    assert float(step.min()) >= STEP_RANGE[0] * 0.999
    assert float(step.max()) <= STEP_RANGE[1] * 1.001


def test_automatic_mixed_precision_stays_near() -> None:
    model = encoder()
    exact, _ = model(BATCH.light, BATCH.light_valid)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        short, _ = model(BATCH.light, BATCH.light_valid)
    short.float().sum().backward()
    torch.testing.assert_close(short.float(), exact, rtol=0.0, atol=0.1)
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in model.parameters())


def test_export_keeps_batch_and_length_free() -> None:
    model = encoder()
    shapes = {name: {0: Dim.AUTO, 1: Dim.AUTO} for name in ("light", "light_valid")}
    exported = torch.export.export(model, (BATCH.light, BATCH.light_valid), dynamic_shapes=shapes).module()
    for planets, times in ((4, 30), (2, 17), (5, 64)):
        given = tiny.batch(planets, times=times, seed=1)
        for found, expected in zip(exported(given.light, given.light_valid), model(given.light, given.light_valid), strict=True):
            torch.testing.assert_close(found, expected, rtol=0.0, atol=1e-6)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_a_trace_to_torchscript_keeps_batch_and_length_free() -> None:
    model = encoder()
    traced = torch.jit.trace(model, (BATCH.light, BATCH.light_valid))  # type: ignore[no-untyped-call]
    for planets, times in ((2, 17), (5, 64)):
        given = tiny.batch(planets, times=times, seed=1)
        for found, expected in zip(traced(given.light, given.light_valid), model(given.light, given.light_valid), strict=True):
            torch.testing.assert_close(found, expected, rtol=0.0, atol=1e-6)


def test_no_encoder_gives_zeros_of_the_same_shapes() -> None:
    for found, expected in zip(NoLight(tiny.FGS1)(BATCH.light, BATCH.light_valid), encoder()(BATCH.light, BATCH.light_valid), strict=True):
        assert found.shape == expected.shape
        assert not found.any()


def test_heads_that_do_not_fit_are_refused_by_name() -> None:
    with pytest.raises(ConfigError) as caught:
        LightEncoder(replace(tiny.FGS1, head_width=5))
    assert caught.value.where == "model.fgs1.head_width"

"""The pack: parity with section 26 word for word, and what holds for every term."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
import tiny_symbolic as tiny
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from spectramind.symbolic.pack import SymbolicPack
from spectramind.utils.errors import ConfigError

PACK = tiny.pack()
few = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 2**31)
# L(k mu) = k^power L(mu)
SCALING = {"smoothness": 2, "nonnegativity": 1, "coherence": 0, "seam": 2, "ratio": 0, "quantile": 1}


def relu(value: float) -> float:
    return max(value, 0.0)


def slow(pack: SymbolicPack, mu: np.ndarray, quantiles: np.ndarray, valid: np.ndarray) -> dict[str, float]:
    """Section 26 for one planet, bin by bin; valid weighs the bins."""
    bins, config = mu.size, tiny.config()
    inside = dict(zip(pack.windows.names, pack.windows.inside, strict=True))
    smoothness = 0.0
    for i in range(2, bins - 1):
        weight = config.smoothness_in_windows if any(window[i] for window in inside.values()) else 1.0
        weight *= valid[i - 1] * valid[i] * valid[i + 1]
        smoothness += weight * (mu[i + 1] - 2.0 * mu[i] + mu[i - 1]) ** 2
    coherence, areas = 0.0, {}
    for m, (name, window) in enumerate(inside.items()):
        members = [i for i in range(bins) if window[i] and valid[i]]
        norm = max(1e-6, sum(mu[i] ** 2 for i in members) ** 0.5)
        coherence += sum(relu(pack.windows.template[m, i] - mu[i] / norm) ** 2 for i in members)
        width = pack.windows.width_um
        areas[name] = sum(mu[i] * width[i] for i in members) * width[window].sum() / sum(width[i] for i in members)
    ratio = 0.0
    for name, (low, high) in (("CH4", config.ch4_to_h2o), ("CO2", config.co2_to_h2o)):
        value = areas[name] / (areas["H2O"] + 1e-9)
        ratio += relu(low - value) + relu(value - high)
    s = tiny.SEAM
    return {
        "smoothness": smoothness,
        "nonnegativity": sum(relu(-mu[i]) * valid[i] for i in range(bins)),
        "coherence": coherence,
        "seam": (mu[s - 1] - mu[s]) ** 2 * valid[s - 1] * valid[s],
        "ratio": ratio,
        "quantile": sum((relu(q[0] - q[1]) + relu(q[1] - q[2])) * valid[i] for i, q in enumerate(quantiles.T)),
    }


def rough(seed: int, planets: int = 3, bins: int = tiny.BINS) -> tuple[Tensor, Tensor, Tensor]:
    """Depths and quantiles that violate everything now and then, and a mask."""
    generator = torch.Generator().manual_seed(seed)
    tilt = torch.linspace(-1.0, 1.0, bins, dtype=torch.float64) * (
        1.6 * torch.rand((planets, 1), generator=generator, dtype=torch.float64) - 0.8
    )
    mu = 0.01 * (1.0 + tilt + 0.8 * torch.randn((planets, bins), generator=generator, dtype=torch.float64))
    quantiles = mu + 1e-3 * torch.randn((3, planets, bins), generator=generator, dtype=torch.float64)
    return mu, quantiles, torch.rand((planets, bins), generator=generator) < 0.9


def test_rough_spectra_violate_everything() -> None:
    mu, quantiles, _ = rough(0, planets=40)
    assert all(values.any() for values in PACK(mu, quantiles).terms.values())
    assert all(broken.any() for broken in PACK.violations(mu, quantiles).values())


@few
@given(seed=seeds, masked=st.booleans())
def test_every_term_is_that_of_section_26(seed: int, masked: bool) -> None:
    mu, quantiles, valid = rough(seed)
    loss = PACK(mu, quantiles, valid if masked else None)
    mask = valid.numpy().astype(float) if masked else np.ones(mu.shape)
    rows = [slow(PACK, mu[row].numpy(), quantiles[:, row].numpy(), mask[row]) for row in range(len(mu))]
    assert list(loss.terms) == list(tiny.TERMS)
    for name, values in loss.terms.items():
        np.testing.assert_allclose(values.numpy(), [row[name] for row in rows], rtol=1e-10, atol=1e-18, err_msg=name)
    assert float(loss.total) == pytest.approx(np.mean([sum(row.values()) for row in rows]), rel=1e-10)


@few
@given(seed=seeds)
def test_realistic_spectra_are_feasible(seed: int) -> None:
    mu = tiny.spectra(seed)
    loss = PACK(mu, tiny.quantiles_of(mu))
    for name in ("nonnegativity", "coherence", "ratio", "quantile"):
        assert not loss.terms[name].any(), name
    assert not any(broken.any() for broken in PACK.violations(mu, tiny.quantiles_of(mu)).values())


@few
@given(seed=seeds, fgs1=st.floats(0.0, 0.1), depth=st.floats(1e-4, 0.1))
def test_a_flat_spectrum_costs_nothing(seed: int, fgs1: float, depth: float) -> None:
    mu = torch.full((2, tiny.BINS), depth, dtype=torch.float64)
    mu[:, 0] = fgs1
    assert float(PACK(mu, tiny.quantiles_of(mu)).total) == 0.0


@few
@given(name=st.sampled_from(tiny.TERMS), seed=seeds, amount=st.floats(0.6, 1.0))
def test_a_violation_is_seen_and_a_step_downhill_lessens_it(name: str, seed: int, amount: float) -> None:
    mu, quantiles = tiny.violating(name, amount, seed)
    assert PACK.violations(mu, quantiles)[name].all()
    mu.requires_grad_()
    quantiles.requires_grad_()
    before = PACK(mu, quantiles).terms[name]
    gradients = torch.autograd.grad(before.sum(), (mu, quantiles), allow_unused=True)
    gradient_mu, gradient_quantiles = (torch.zeros(()) if gradient is None else gradient for gradient in gradients)
    size = 1e-6 / max(float(gradient_mu.abs().max()), float(gradient_quantiles.abs().max()))
    after = PACK(mu - size * gradient_mu, quantiles - size * gradient_quantiles).terms[name]
    assert (before > 0.0).all()
    assert (after < before).all()


@few
@given(name=st.sampled_from(tiny.TERMS), seed=seeds, amounts=st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)))
def test_a_larger_violation_never_costs_less(name: str, seed: int, amounts: tuple[float, float]) -> None:
    low, high = (PACK(*tiny.violating(name, amount, seed)).terms[name] for amount in sorted(amounts))
    assert (high >= low * (1.0 - 1e-12)).all()


@few
@given(name=st.sampled_from(tiny.TERMS), seed=seeds, scale=st.floats(0.1, 10.0))
def test_scaling(name: str, seed: int, scale: float) -> None:
    mu, quantiles = tiny.violating(name, 0.9, seed)
    once, scaled = PACK(mu, quantiles).terms[name], PACK(scale * mu, scale * quantiles).terms[name]
    torch.testing.assert_close(scaled, scale ** SCALING[name] * once, rtol=1e-4, atol=1e-15)


def test_squared_nonnegativity_is_quadratic() -> None:
    pack = SymbolicPack.build(tiny.config(squared_nonnegativity=True), wavelength_um=tiny.wavelengths(), seam_bins=())
    mu, _ = tiny.violating("nonnegativity", 0.9)
    torch.testing.assert_close(pack(3.0 * mu).terms["nonnegativity"], 9.0 * pack(mu).terms["nonnegativity"])


@few
@given(seed=seeds)
def test_a_batch_is_its_planets(seed: int) -> None:
    mu, quantiles, valid = rough(seed)
    batch = PACK(mu, quantiles, valid)
    singles = [PACK(mu[i : i + 1], quantiles[:, i : i + 1], valid[i : i + 1]) for i in range(len(mu))]
    for name in tiny.TERMS:
        torch.testing.assert_close(batch.terms[name], torch.cat([single.terms[name] for single in singles]), rtol=1e-12, atol=0.0)
    assert float(batch.total) == pytest.approx(np.mean([float(single.total) for single in singles]), rel=1e-12)


def test_the_total_is_the_weighted_sum_and_leaves_out_what_has_no_weight() -> None:
    weights = {"smoothness": 1e4, "nonnegativity": 2.0, "coherence": 0.0, "seam": 3.0, "ratio": 0.0, "quantile": 0.5}
    pack = SymbolicPack.build(tiny.config(weights), wavelength_um=tiny.wavelengths(), seam_bins=(tiny.SEAM,))
    mu, quantiles, _ = rough(1)
    loss = pack(mu, quantiles)
    expected = sum(weight * loss.terms[name].mean() for name, weight in weights.items())
    torch.testing.assert_close(loss.total, expected)
    assert loss.terms["coherence"].any()
    assert pack.weights == asdict(tiny.config(weights).weights)


def test_what_overflows_does_no_harm_without_weight() -> None:
    pack = SymbolicPack.build(tiny.config({"smoothness": 0.0, "seam": 0.0}), wavelength_um=tiny.wavelengths(), seam_bins=(tiny.SEAM,))
    loss = pack(1e30 * tiny.spectra().float())
    assert torch.isinf(loss.terms["smoothness"]).all()
    assert torch.isfinite(loss.total)


def test_no_weight_at_all_is_no_loss() -> None:
    pack = SymbolicPack.build(tiny.config(dict.fromkeys(tiny.TERMS, 0.0)), wavelength_um=tiny.wavelengths(), seam_bins=())
    assert float(pack(rough(1)[0]).total) == 0.0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("value", [0.0, 1e-30])
def test_no_gradient_is_infinite_at_zero(dtype: torch.dtype, value: float) -> None:
    mu = torch.full((2, tiny.BINS), value, dtype=dtype, requires_grad=True)
    loss = PACK(mu, mu.expand(3, -1, -1))
    (gradient,) = torch.autograd.grad(loss.total, mu)
    assert torch.isfinite(loss.total)
    assert torch.isfinite(gradient).all()
    assert gradient.dtype == dtype


@pytest.mark.parametrize("name", tiny.TERMS)
def test_single_precision_is_enough(name: str) -> None:
    mu, quantiles = tiny.violating(name, 0.9)
    single = PACK(mu.float(), quantiles.float()).terms[name]
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), PACK(mu, quantiles).terms[name], rtol=1e-3, atol=1e-12)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(PACK(mu.float(), quantiles.float()).terms[name], single, rtol=0.0, atol=0.0)


@pytest.mark.parametrize("seed", range(3))
def test_gradients_are_those_of_finite_differences(seed: int) -> None:
    pack = tiny.pack(25)
    mu, quantiles, valid = rough(seed, planets=2, bins=25)
    inputs = (100.0 * mu).requires_grad_(), (100.0 * quantiles).requires_grad_()
    for name in tiny.TERMS:
        assert torch.autograd.gradcheck(lambda m, q, name=name: pack(m, q, valid).terms[name], inputs), name


def test_maps_show_where() -> None:
    mu, _ = tiny.violating("smoothness", 1.0)
    maps = PACK.violation_maps(mu.requires_grad_(), tiny.quantiles_of(mu))
    assert set(maps) == set(tiny.TERMS) - {"ratio"}
    assert all(values.shape == mu.shape and not values.requires_grad for values in maps.values())
    assert set((maps["smoothness"] > 0.0).nonzero()[:, 1].tolist()) == {59, 60, 61}
    jump, _ = tiny.violating("seam", 0.5)
    assert (PACK.violation_maps(jump)["seam"] > 0.0).nonzero().tolist() == [[planet, tiny.SEAM] for planet in range(3)]
    sunken, _ = tiny.violating("coherence", 0.9)
    assert ((PACK.violation_maps(sunken)["coherence"] > 0.0).sum(dim=1) == 1).all()


def test_one_bad_planet_does_not_accuse_the_others() -> None:
    mu = tiny.spectra()
    mu[1, 5] = -1e-3
    assert PACK.violations(mu)["nonnegativity"].tolist() == [False, True, False]
    valid = torch.ones(mu.shape, dtype=torch.bool)
    valid[1, 5] = False
    assert not PACK.violations(mu, valid=valid)["nonnegativity"].any()


def test_the_breakdown_is_json() -> None:
    mu, quantiles, _ = rough(2)
    breakdown = json.loads(json.dumps(PACK(mu, quantiles).breakdown()))
    assert list(breakdown) == [*tiny.TERMS, "total"]
    assert breakdown["total"] == pytest.approx(sum(breakdown[name] for name in tiny.TERMS))


def test_wavelengths_without_any_band_leave_the_other_terms() -> None:
    pack = SymbolicPack.build(tiny.config(), wavelength_um=np.array([0.7, 3.8, 3.85, 3.9, 3.95]), seam_bins=())
    mu = torch.full((2, 5), -0.01)
    assert pack(mu).terms["coherence"].tolist() == pack(mu).terms["ratio"].tolist() == [0.0, 0.0]
    assert pack.violations(mu)["nonnegativity"].all()
    assert not pack.violation_maps(mu)["coherence"].any()


def test_a_wrong_seam_is_refused() -> None:
    with pytest.raises(ConfigError, match="seam"):
        SymbolicPack.build(tiny.config(), wavelength_um=tiny.wavelengths(), seam_bins=(tiny.BINS,))

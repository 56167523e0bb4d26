"""Selective scan: parity of the fast form with its readable twin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from spectramind.models.scan import chunked_scan, fused_kernel, scan, scan_reference


def made(
    time: int, *, kind: torch.dtype = torch.float64, seed: int = 0, batch: int = 2, heads: int = 3, step: float = -2.0
) -> list[Tensor]:
    """Arguments of a scan that ask for gradients."""
    generator = torch.Generator().manual_seed(seed)
    arguments = [
        torch.randn(batch, time, heads, 4, generator=generator, dtype=torch.float64),
        functional.softplus(torch.randn(batch, time, heads, generator=generator, dtype=torch.float64) + step),
        -1.0 - 3.0 * torch.rand(heads, generator=generator, dtype=torch.float64),
        torch.randn(batch, time, 5, generator=generator, dtype=torch.float64),
        torch.randn(batch, time, 5, generator=generator, dtype=torch.float64),
    ]
    return [argument.to(kind).requires_grad_() for argument in arguments]


def with_gradients(form: Callable[..., Tensor], arguments: list[Tensor]) -> list[Tensor]:
    """Outputs, and the gradients of a weighted sum of them in every argument."""
    outputs = form(*arguments)
    weights = torch.cos(torch.arange(outputs.numel(), device=outputs.device)).view_as(outputs).to(outputs.dtype)
    return [outputs.detach(), *torch.autograd.grad((outputs * weights).sum(), arguments)]


def fast(chunk: int) -> Callable[..., Tensor]:
    return lambda *arguments: chunked_scan(*arguments, chunk=chunk)


def assert_parity(found: list[Tensor], expected: list[Tensor], tolerance: float) -> None:
    for one, other in zip(found, expected, strict=True):
        scale = float(other.abs().max()) or 1.0
        torch.testing.assert_close(one.to(torch.float64) / scale, other.to(torch.float64) / scale, rtol=0.0, atol=tolerance)


@settings(max_examples=25, deadline=None)
@given(time=st.integers(1, 40), chunk=st.integers(1, 48), seed=st.integers(0, 1000))
def test_values_and_gradients_are_those_of_the_twin_for_any_length_and_chunk(time: int, chunk: int, seed: int) -> None:
    arguments = made(time, seed=seed)
    assert_parity(with_gradients(fast(chunk), arguments), with_gradients(scan_reference, arguments), 1e-12)


@pytest.mark.parametrize(("kind", "tolerance"), [(torch.float32, 3e-6), (torch.bfloat16, 0.04)])
def test_parity_in_short_types(kind: torch.dtype, tolerance: float) -> None:
    arguments = made(150, kind=kind)
    expected = with_gradients(scan_reference, [argument.detach().double().requires_grad_() for argument in arguments])
    found = with_gradients(fast(16), arguments)
    assert {values.dtype for values in found} == {kind}
    assert_parity(found, expected, tolerance)


def test_a_long_series_keeps_its_digits_in_float32() -> None:
    arguments = made(4096, kind=torch.float32, batch=1, heads=2)
    with torch.no_grad():
        exact = scan_reference(*[argument.double() for argument in arguments])
        found = chunked_scan(*arguments, chunk=64)
    assert_parity([found], [exact], 2e-6)


def test_strong_and_no_decay_give_finite_gradients() -> None:
    for step in (6.0, -40.0):
        assert all(values.isfinite().all() for values in with_gradients(fast(16), made(70, kind=torch.float32, step=step)))


def test_the_recurrence_by_hand() -> None:
    inputs, step = torch.tensor([1.0, 2.0, 0.0]).view(1, 3, 1, 1), torch.tensor([1.0, 0.5, 1.0]).view(1, 3, 1)
    ones = torch.ones(1, 3, 1)
    half = torch.log(torch.tensor([0.5]))
    expected = [1.0, 0.5**0.5 + 1.0, 0.5 * (0.5**0.5 + 1.0)]
    torch.testing.assert_close(chunked_scan(inputs, step, half, ones, ones, chunk=2).flatten(), torch.tensor(expected))


def test_a_sample_of_step_zero_is_not_there() -> None:
    inputs, step, rate, write, read = (argument.detach() for argument in made(30))
    step[:, 10:17] = 0.0
    kept = torch.tensor([*range(10), *range(17, 30)])
    whole = chunked_scan(inputs, step, rate, write, read, chunk=8)
    shorter = chunked_scan(inputs[:, kept], step[:, kept], rate, write[:, kept], read[:, kept], chunk=8)
    torch.testing.assert_close(whole[:, kept], shorter)


def test_nothing_of_the_future_is_seen() -> None:
    arguments = [argument.detach() for argument in made(50)]
    before = chunked_scan(*arguments, chunk=16)
    arguments[0][:, 21:] += 1.0
    after = chunked_scan(*arguments, chunk=16)
    assert torch.equal(before[:, :21], after[:, :21])
    assert not torch.equal(before[:, 21:], after[:, 21:])


def test_two_runs_are_equal_to_the_bit() -> None:
    arguments = made(300, kind=torch.float32)
    first, second = (with_gradients(lambda *given: scan(*given, chunk=32), arguments) for _ in range(2))
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


@pytest.mark.skipif(not torch.cuda.is_available() or fused_kernel() is None, reason="needs a CUDA device and mamba-ssm (extra `cuda`)")
def test_parity_of_the_fused_kernel() -> None:
    generator = torch.Generator().manual_seed(0)
    arguments = [
        torch.randn(2, 300, 4, 32, generator=generator),
        functional.softplus(torch.randn(2, 300, 4, generator=generator) - 2.0),
        -1.0 - torch.rand(4, generator=generator),
        torch.randn(2, 300, 16, generator=generator),
        torch.randn(2, 300, 16, generator=generator),
    ]
    on_device = [argument.cuda().requires_grad_() for argument in arguments]
    found = [values.cpu() for values in with_gradients(lambda *given: scan(*given, chunk=64), on_device)]
    expected = with_gradients(scan_reference, [argument.double().requires_grad_() for argument in arguments])
    assert_parity(found, expected, 0.01)

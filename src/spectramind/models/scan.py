"""Selective state-space scan: a linear recurrence whose decay, input and output follow the data.

Equation:  h_t = exp(step_t rate) h_{t-1} + step_t x_t (x) write_t ;  y_t = h_t read_t     (Dao & Gu 2024, arXiv:2405.21060, eq. 2)
Method:    state-space duality (section 6 there): inside a chunk of samples the recurrence is a masked matrix product, between chunks only
           states are carried. Time and memory grow with the length; the carry has (length / chunk)^2 numbers a head, which is small.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


def scan(inputs: Tensor, step: Tensor, rate: Tensor, write: Tensor, read: Tensor, *, chunk: int) -> Tensor:
    """Return the outputs of the recurrence from a state of zero.

    A sample whose step is 0 neither changes the state nor enters it: that is how padding is left out.

    Args:
        inputs: (batch, time, head, width).
        step: (batch, time, head) at least 0.
        rate: (head,) below 0; one decay for all numbers of a head's state.
        write: (batch, time, state) direction in which a sample enters the state.
        read: (batch, time, state) direction in which the state is read.
        chunk: Samples that are taken at once; changes the speed, not the result.

    Returns:
        (batch, time, head, width) in the type of the inputs; decays are summed in float32 at least.
    """
    kernel = fused_kernel() if inputs.is_cuda else None
    if kernel is not None:
        outputs: Tensor = kernel(inputs, step, rate, write[:, :, None], read[:, :, None], chunk)
        return outputs
    return chunked_scan(inputs, step, rate, write, read, chunk=chunk)


def fused_kernel() -> Callable[..., Any] | None:
    """Return the kernel of mamba-ssm (extra `cuda`), None where it is not installed."""
    try:
        from mamba_ssm.ops.triton.ssd_combined import mamba_chunk_scan_combined  # type: ignore[import-not-found]
    except ImportError:
        return None
    kernel: Callable[..., Any] = mamba_chunk_scan_combined
    return kernel


def chunked_scan(inputs: Tensor, step: Tensor, rate: Tensor, write: Tensor, read: Tensor, *, chunk: int) -> Tensor:
    """Compute `scan` in plain PyTorch, without a loop."""
    time, kind = inputs.shape[1], inputs.dtype
    padding = (time + chunk - 1) // chunk * chunk - time
    exact = torch.promote_types(kind, torch.float32)

    def chunks(values: Tensor) -> Tensor:
        """(batch, time, ...) -> (batch, chunk, sample, ...); the padding has step 0."""
        return torch.unflatten(functional.pad(values, (0, 0) * (values.ndim - 2) + (0, padding)), 1, (-1, chunk))

    decay = chunks(step.to(exact) * rate.to(exact)).transpose(2, 3).cumsum(-1)
    source = chunks(inputs * step[..., None].to(kind)).transpose(2, 3)
    enter, leave = chunks(write.to(kind))[:, :, None], chunks(read.to(kind))[:, :, None]

    within = leave @ enter.mT * _weights(decay[..., :, None] - decay[..., None, :]).to(kind)
    to_end = (decay[..., -1:] - decay).exp().to(kind)
    states = (source * to_end[..., None]).mT @ enter
    entering = _carry(states, decay[..., -1])
    from_start = decay.exp().to(kind)
    outputs = within @ source + (leave @ entering.mT) * from_start[..., None]
    # time comes first while the padding is cut off: what is left is contiguous for any length, which an exported graph relies on
    return outputs.permute(1, 3, 0, 2, 4).flatten(0, 1)[:time].transpose(0, 1)


def _carry(states: Tensor, log_decay: Tensor) -> Tensor:
    """Return the states (batch, chunk, head, width, state) before every chunk, from those that each chunk alone would leave.

    The sums of `log_decay` (batch, chunk, head) are formed for every pair of chunks by itself: differences of sums over a long series
    would lose the digits that matter.
    """
    count = states.shape[1]
    later = torch.ones(count, count, dtype=torch.bool, device=states.device).tril(-1)
    sums = log_decay.mT[..., None].expand(*log_decay.mT.shape, count).masked_fill(~later, 0.0).cumsum(-2)
    weights = _weights(sums).to(states.dtype)
    after = torch.unflatten(weights @ states.transpose(1, 2).flatten(3), 3, states.shape[3:]).transpose(1, 2)
    return torch.cat([torch.zeros_like(after[:, :1]), after[:, :-1]], dim=1)


def _weights(log_weights: Tensor) -> Tensor:
    """Return (..., to, from) weights, 0 where the second is later than the first."""
    size = log_weights.shape[-1]
    earlier = torch.ones(size, size, dtype=torch.bool, device=log_weights.device).tril()
    return log_weights.masked_fill(~earlier, -torch.inf).exp()


def scan_reference(inputs: Tensor, step: Tensor, rate: Tensor, write: Tensor, read: Tensor) -> Tensor:
    """Compute `scan` as it is written: one sample after the other."""
    batch, _, heads, width = inputs.shape
    state = inputs.new_zeros(batch, heads, width, write.shape[-1])
    outputs = []
    for value, length, enter, leave in zip(inputs.unbind(1), step.unbind(1), write.unbind(1), read.unbind(1), strict=True):
        decay = (length * rate).exp()[..., None, None]
        state = decay * state + (length[..., None] * value)[..., None] * enter[:, None, None]
        outputs.append((state * leave[:, None, None]).sum(-1))
    return torch.stack(outputs, dim=1)

"""The state of a graphics card, asked of a PyTorch that a command has loaded; it is never loaded for this."""

from __future__ import annotations

import sys

from spectramind.utils.resources import MIB
from spectramind.utils.sampling import Card


def read_card() -> Card | None:
    """Return the state of the card in use; None without PyTorch, without a card, or before the first work on it."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)  # half an import has not got it yet
    try:
        if cuda is None or not cuda.is_initialized():
            return None
        free, total = cuda.mem_get_info()
    except (AttributeError, RuntimeError):
        return None
    return Card(busy_pct=_busy_pct(cuda), used_mib=(total - free) / MIB)


def _busy_pct(cuda: object) -> float | None:
    try:
        return float(cuda.utilization())  # type: ignore[attr-defined]
    except Exception:  # the driver's library is not there, or does not tell: its errors have no other base
        return None

"""Numbers and figures inside a page: arrays as base64 of small integers, JSON that cannot end the script tag it stands in."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MISSING = 65535
_LARGEST = 65534
# JSON is the same with these characters written as escapes, and no parser of HTML finds a tag, comment or entity in it.
_ESCAPES = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"})


def pack_rows(values: NDArray[np.floating]) -> dict[str, object]:
    """Return (row, column) numbers with 16 bits each: value = low[row] + step[row] * code, code 65535 for what is not finite.

    A row keeps its own range, so that the error is below 1 / 131000 of the spread of that row: far below any line's width.
    """
    numbers = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    known = np.isfinite(numbers).any(axis=1)
    low, high = np.zeros(len(numbers)), np.zeros(len(numbers))
    low[known], high[known] = np.nanmin(numbers[known], axis=1), np.nanmax(numbers[known], axis=1)
    step = (high - low) / _LARGEST
    step = np.where(step > 0.0, step, 1.0)  # also where the quotient of the smallest numbers of all is none
    codes = np.rint(np.nan_to_num((numbers - low[:, None]) / step[:, None], nan=MISSING)).astype("<u2")
    return {
        "rows": int(numbers.shape[0]),
        "columns": int(numbers.shape[1]),
        "low": base64.b64encode(low.astype("<f8").tobytes()).decode(),
        "step": base64.b64encode(step.astype("<f8").tobytes()).decode(),
        "codes": base64.b64encode(codes.tobytes()).decode(),
    }


def script_json(content: object) -> str:
    """Return the JSON of ``content``, safe inside ``<script type="application/json">``; NaN and infinities are refused."""
    return _harmless(json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False))


def figure_json(figure: Figure) -> str:
    """Return a figure as JSON, safe inside a script tag; numpy arrays in it stand as base64 of their own type."""
    text: str = figure.to_json()
    return _harmless(text)


def _harmless(text: str) -> str:
    return text.translate(_ESCAPES)

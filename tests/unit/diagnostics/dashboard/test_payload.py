"""Packed arrays come back, and no text inside JSON can end its script tag."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from spectramind.diagnostics.dashboard.payload import MISSING, figure_json, pack_rows, script_json


def unpack_rows(packed: dict[str, Any]) -> NDArray[np.float64]:
    """Do what the page does with packed rows."""
    low, step = (np.frombuffer(base64.b64decode(packed[name]), "<f8") for name in ("low", "step"))
    codes = np.frombuffer(base64.b64decode(packed["codes"]), "<u2").reshape(packed["rows"], packed["columns"])
    return np.where(codes == MISSING, np.nan, low[:, None] + step[:, None] * codes)


VALUES = st.floats(-1e6, 1e6) | st.just(np.nan)


@given(arrays.arrays(np.float64, arrays.array_shapes(min_dims=2, max_dims=2, max_side=8), elements=VALUES))
def test_rows_come_back_within_half_a_step(values: NDArray[np.float64]) -> None:
    back = unpack_rows(pack_rows(values))
    assert np.array_equal(np.isnan(back), np.isnan(values))
    for row, again in zip(values, back, strict=True):
        known = row[np.isfinite(row)]
        spread = np.ptp(known) if known.size else 0.0
        assert np.all(np.abs(known - again[np.isfinite(row)]) <= spread / 131_000 + 1e-15 * np.abs(known) + np.finfo(np.float64).tiny)


def test_infinities_are_missing_and_a_constant_row_is_exact() -> None:
    back = unpack_rows(pack_rows(np.array([[0.0123, 0.0123], [np.inf, 2.0]])))
    assert back[0].tolist() == [0.0123, 0.0123]
    assert np.isnan(back[1, 0])
    assert back[1, 1] == 2.0


@given(st.text())
def test_json_holds_no_markup_and_says_the_same(text: str) -> None:
    written = script_json({"reason": f"</script><!--{text}&"})
    assert not set(written) & set("<>&\u2028\u2029")
    assert json.loads(written) == {"reason": f"</script><!--{text}&"}


def test_a_figure_cannot_end_its_script_tag() -> None:
    import plotly.graph_objects as go

    figure = go.Figure(go.Scatter(y=np.arange(3, dtype=np.float32), name="</script><b>"))
    written = figure_json(figure)
    assert "<" not in written
    assert json.loads(written)["data"][0]["name"] == "</script><b>"
    assert json.loads(written)["data"][0]["y"]["dtype"] == "f4"

"""The card is asked of a PyTorch that is there, and nothing is loaded for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest

from spectramind.cli.graphics_card import read_card
from spectramind.utils.sampling import Card

MIB = 1 << 20
SOURCE = Path(__file__).resolve().parents[3] / "src"


def raises(error: Exception) -> object:
    def call() -> NoReturn:
        raise error

    return call


def fake(**changes: object) -> SimpleNamespace:
    values = {"is_initialized": lambda: True, "mem_get_info": lambda: (10 * MIB, 50 * MIB), "utilization": lambda: 30}
    return SimpleNamespace(cuda=SimpleNamespace(**(values | changes)))


def test_load_and_memory_of_the_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", fake())
    assert read_card() == Card(busy_pct=30.0, used_mib=40.0)


def test_memory_alone_where_the_driver_tells_no_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", fake(utilization=raises(ModuleNotFoundError("pynvml"))))
    assert read_card() == Card(busy_pct=None, used_mib=40.0)


@pytest.mark.parametrize(
    "torch",
    [
        SimpleNamespace(),
        SimpleNamespace(cuda=SimpleNamespace()),
        fake(is_initialized=lambda: False),
        fake(mem_get_info=raises(RuntimeError())),
    ],
)
def test_nothing_without_a_card_in_use(monkeypatch: pytest.MonkeyPatch, torch: object) -> None:
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert read_card() is None


def test_pytorch_is_never_loaded_for_it() -> None:
    code = "import sys; from spectramind.cli.graphics_card import read_card; assert read_card() is None; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(SOURCE)})


class DriverError(Exception):
    """As pynvml raises: no base but Exception."""


def test_a_driver_that_refuses_the_load_costs_the_load_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", fake(utilization=raises(DriverError("not supported on a slice of a card"))))
    assert read_card() == Card(busy_pct=None, used_mib=40.0)

"""The watching thread: what it sees, that it stays small, and that it ends."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectramind.utils import sampling
from spectramind.utils.sampling import Card, Sample, Sampler, look, thin


def test_children_count_too() -> None:
    alone = look(0.0, "")
    child = subprocess.Popen([sys.executable, "-c", "x = bytearray(60_000_000); print(flush=True); input()"], stdin=-1, stdout=-1)
    try:
        assert child.stdout is not None
        child.stdout.readline()
        both = look(1.0, "work")
    finally:
        child.communicate(b"\n")
    assert alone is not None
    assert both is not None
    assert both.processes == alone.processes + 1
    assert both.rss_mib > alone.rss_mib + 50.0
    assert both.stage == "work"


def test_processor_time_of_an_ended_child_is_not_lost() -> None:
    before = look(0.0, "")
    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"], check=True)
    after = look(1.0, "")
    assert before is not None
    assert after is not None
    assert after.cpu_s - before.cpu_s >= 0.25


def test_it_samples_until_it_is_stopped() -> None:
    sampler = Sampler(0.02, stage=lambda: "a stage", card=lambda: Card(busy_pct=None, used_mib=7.0))
    deadline_s = time.monotonic() + 10.0
    while len(sampler.samples) < 3 and time.monotonic() < deadline_s:
        time.sleep(0.01)
    samples = sampler.stop()
    assert len(samples) >= 3
    assert [sample.elapsed_s for sample in samples] == sorted(sample.elapsed_s for sample in samples)
    assert {sample.stage for sample in samples} == {"a stage"}
    assert samples[0].card == Card(busy_pct=None, used_mib=7.0)
    assert samples[-1].cpu_s < 60.0
    assert not [thread for thread in threading.enumerate() if thread.name == "sampler"]
    assert sampler.stop() == samples


def test_a_call_shorter_than_the_interval_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_arguments: object) -> Sample:
        raise AssertionError

    monkeypatch.setattr(sampling, "look", never)
    sampler = Sampler(600.0, stage=str, card=lambda: None)
    began_s = time.monotonic()
    assert sampler.stop() == ()
    assert time.monotonic() - began_s < 5.0


def test_a_long_run_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "LARGEST", 8)
    monkeypatch.setattr(sampling, "look", lambda elapsed_s, stage, _card: make_sample(elapsed_s, stage=stage))
    sampler = Sampler(0.001, stage=str, card=lambda: None)
    time.sleep(0.3)
    samples = sampler.stop()
    assert 4 <= len(samples) <= 8
    assert samples[-1].elapsed_s > 0.1


def make_sample(elapsed_s: float, *, rss_mib: float = 1.0, stage: str = "") -> Sample:
    return Sample(elapsed_s=elapsed_s, stage=stage, processes=1, cpu_s=elapsed_s, rss_mib=rss_mib)


@given(st.lists(st.floats(0.0, 1e6), max_size=40))
def test_merging_halves_and_keeps_totals_and_peaks(memory_mib: list[float]) -> None:
    samples = [make_sample(float(place), rss_mib=rss) for place, rss in enumerate(memory_mib)]
    merged = thin(samples)
    assert len(merged) == (len(samples) + 1) // 2
    if samples:
        assert merged[-1].cpu_s == samples[-1].cpu_s
        assert max(sample.rss_mib for sample in merged) == max(memory_mib)


def test_looking_is_cheap() -> None:
    look(0.0, "")
    began_s = time.thread_time()
    for _ in range(20):
        look(0.0, "")
    assert (time.thread_time() - began_s) / 20 < 0.02  # 2 % of a core at one sample a second; measured: 0.1 %


def test_without_psutil_nothing_is_sampled_and_nothing_is_said(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert look(0.0, "") is None
    sampler = Sampler(0.01, stage=lambda: "work", card=lambda: None)
    time.sleep(0.05)
    assert sampler.stop() == ()
    assert capfd.readouterr().err == ""


def test_without_psutil_the_log_says_so_once_for_those_who_ask(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    with caplog.at_level("DEBUG", logger="spectramind"):
        sampler = Sampler(0.01, stage=lambda: "work", card=lambda: None)
        time.sleep(0.1)
        sampler.stop()
    assert [(record.levelname, record.message) for record in caplog.records] == [("DEBUG", "nothing is sampled: psutil is not installed")]

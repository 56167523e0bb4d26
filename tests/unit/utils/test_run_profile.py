"""Tables that sampled calls leave: right numbers, whole files, bounded number."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from spectramind.utils import run_profile
from spectramind.utils.run_profile import (
    SAMPLE_COLUMNS,
    STAGE_COLUMNS,
    StageUsage,
    configs_folder,
    keep_config,
    read_rows,
    sample_rows,
    samples_folder,
    stages_path,
    write_profile,
)
from spectramind.utils.runs import Workspace
from spectramind.utils.sampling import Card, Sample


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path).ensure()


def usage(stage: str, ts: str = "2026-01-02T03:04:05Z") -> StageUsage:
    return StageUsage(
        ts=ts,
        cmd="gates check",
        stage=stage,
        wall_s=2.0,
        cpu_s=3.0,
        peak_rss_mib=100.0,
        mean_cpu_pct=150.0,
        read_mib=1.0,
        written_mib=None,
        gpu_pct=None,
        gpu_mib=None,
        items=4,
        items_per_s=2.0,
    )


SAMPLES = (
    Sample(elapsed_s=1.0, stage="a", processes=1, cpu_s=0.5, rss_mib=10.0),
    Sample(elapsed_s=3.0, stage="b", processes=3, cpu_s=4.5, rss_mib=20.0, read_mib=2.0, card=Card(busy_pct=None, used_mib=8.0)),
)


def test_the_load_is_that_since_the_sample_before() -> None:
    first, second = sample_rows(SAMPLES)
    assert first["cpu_pct"] == pytest.approx(50.0)
    assert second["cpu_pct"] == pytest.approx(200.0)
    assert (second["gpu_pct"], second["gpu_mib"]) == (None, 8.0)


def test_both_tables_are_written(workspace: Workspace) -> None:
    path = write_profile(workspace, SAMPLES, [usage("inner"), usage("gates check")], keep=5)
    assert path == samples_folder(workspace) / "20260102T030405Z_gates-check.csv"
    rows = read_rows(path)
    assert tuple(rows[0]) == SAMPLE_COLUMNS
    assert [row["rss_mib"] for row in rows] == ["10", "20"]
    stages = read_rows(stages_path(workspace))
    assert tuple(stages[0]) == STAGE_COLUMNS
    assert [row["stage"] for row in stages] == ["inner", "gates check"]
    assert (stages[0]["written_mib"], stages[0]["items"]) == ("", "4")


def test_only_the_last_calls_stay(workspace: Workspace) -> None:
    for second in range(6):
        ts = f"2026-01-02T03:04:0{second}Z"
        write_profile(workspace, SAMPLES, [usage("inner", ts), usage("run", ts)], keep=3)
        keep_config(workspace, f"{second}" * 64, {"seed": second}, keep=2)
    assert sorted(path.name[13:16] for path in samples_folder(workspace).iterdir()) == ["03Z", "04Z", "05Z"]
    assert [row["ts"][-3:-1] for row in read_rows(stages_path(workspace))] == ["03", "03", "04", "04", "05", "05"]
    assert sorted(path.stem[0] for path in configs_folder(workspace).iterdir()) == ["4", "5"]


def test_a_damaged_table_costs_its_rows_and_nothing_else(workspace: Workspace) -> None:
    stages_path(workspace).parent.mkdir(parents=True)
    stages_path(workspace).write_bytes(b"\xff\x00")
    assert read_rows(stages_path(workspace)) == []
    write_profile(workspace, SAMPLES, [usage("run")], keep=3)
    with stages_path(workspace).open("a") as stream:
        stream.write("torn,row")
    assert [row["stage"] for row in read_rows(stages_path(workspace))] == ["run"]


def test_a_table_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_rows(tmp_path / "nothing.csv") == []


def test_a_table_with_other_columns_costs_its_rows_and_nothing_else(workspace: Workspace) -> None:
    stages_path(workspace).parent.mkdir(parents=True)
    stages_path(workspace).write_text("call,wall_s\nrun,2.0\n")
    write_profile(workspace, SAMPLES, [usage("run")], keep=3)
    assert [row["stage"] for row in read_rows(stages_path(workspace))] == ["run"]


def test_configurations_are_kept_and_forgotten_in_turn(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_profile, "LOCK_TIMEOUT_S", 0.05)
    with FileLock(workspace.lock_path(run_profile.LOCK)), pytest.raises(Timeout):
        keep_config(workspace, "a" * 64, {"seed": 1}, keep=3)

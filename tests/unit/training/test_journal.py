"""The journal: what is appended is read, a resumed run writes nothing twice."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from spectramind.training.journal import Journal, JournalLine
from spectramind.utils.errors import InputDataError

LINE = JournalLine(
    event="step",
    phase="supervised",
    fold=0,
    epoch=1,
    step=3,
    losses={"gll": -1.5, "smoothness": 0.1},
    metrics={},
    learning_rate=1e-3,
    seconds=2.5,
)


def lines(fold: int, *steps: int) -> list[JournalLine]:
    return [replace(LINE, fold=fold, step=step) for step in steps]


def test_lines_are_read_as_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "logs" / "journal.jsonl")
    assert journal.read() == []
    written = [LINE, replace(LINE, event="epoch", step=4, metrics={"gll": 0.1 + 0.2})]
    for number, line in enumerate(written, start=1):
        journal.append(line)
        assert Journal(tmp_path / "logs" / "journal.jsonl").read() == written[:number]


def test_numbers_that_are_not_finite_stay_json(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.jsonl")
    journal.append(replace(LINE, losses={"gll": math.nan}, metrics={"gll": math.inf}))
    assert json.loads((tmp_path / "j.jsonl").read_text())["losses"] == {"gll": None}
    (line,) = journal.read()
    assert math.isnan(line.losses["gll"])
    assert math.isnan(line.metrics["gll"])


def test_after_a_resume_there_are_no_duplicates(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.jsonl")
    written = [*lines(0, 1, 2, 9), *lines(1, 1, 2, 3)]
    for line in written:
        journal.append(line)
    journal.rewind(1, 2)
    assert journal.read() == written[:-1]
    journal.append(written[-1])
    assert journal.read() == written


def test_a_line_cut_short_does_not_count_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    journal = Journal(path)
    for line in lines(0, 1, 2):
        journal.append(line)
    path.write_text(path.read_text()[:-9])
    assert journal.read() == lines(0, 1)
    journal.rewind(0, 2)
    journal.append(lines(0, 2)[0])
    assert journal.read() == lines(0, 1, 2)


def test_rewinding_nothing_writes_nothing(tmp_path: Path) -> None:
    Journal(tmp_path / "j.jsonl").rewind(0, 0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"losses": 1}'])
def test_a_damaged_line_is_named(tmp_path: Path, text: str) -> None:
    journal = Journal(tmp_path / "j.jsonl")
    journal.append(LINE)
    with (tmp_path / "j.jsonl").open("a") as stream:
        stream.write(f"{text}\n")
    with pytest.raises(InputDataError) as caught:
        journal.read()
    assert caught.value.where.endswith("line 2")

"""schemas/submission.schema.json is the contract: the vectorised check gives the verdict of a JSON schema validator on every row."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from spectramind.evaluation.submission_table import kaggle_columns, spectramind_columns
from spectramind.inference.schema_check import SUBMISSION_SCHEMA, SubmissionContract, main
from spectramind.inference.submission import validate_submission
from spectramind.utils.errors import InputDataError, SchemaViolation
from spectramind.utils.locations import schema_directory
from spectramind.utils.schemas import read_schema

SCHEMA = schema_directory() / SUBMISSION_SCHEMA
COLUMNS = spectramind_columns(283)
VALIDATOR = Draft202012Validator(read_schema("submission"))


def good_row(planet_id: str = "42") -> list[str]:
    return [planet_id, *["0.0146"] * 283, *["0.0001"] * 283]


def write(path: Path, *rows: list[str], columns: tuple[str, ...] = COLUMNS) -> Path:
    path.write_text("\n".join(map(",".join, [list(columns), *rows])) + "\n")
    return path


def as_object(row: list[str]) -> dict[str, object]:
    return {"planet_id": row[0]} | {name: float(cell) for name, cell in zip(COLUMNS[1:], row[1:], strict=True)}


def test_schema_names_exactly_the_columns() -> None:
    contract = SubmissionContract.read(SCHEMA)
    assert contract.bins == 283
    assert VALIDATOR.is_valid(as_object(good_row()))
    for name in COLUMNS:
        row = as_object(good_row())
        del row[name]
        assert not VALIDATOR.is_valid(row)
        assert not VALIDATOR.is_valid({**row, f"{name}_": 0.1})
    for name in ("mu_283", "sigma_283", "mu_00", "mu_-1", "wl_1", "note"):
        assert not VALIDATOR.is_valid({**as_object(good_row()), name: 0.1})


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    column=st.integers(1, 566),
    value=st.one_of(st.floats(-0.5, 1.5), st.sampled_from([0.0, -0.0, 1.0, 5e-324, 1.0000000000000002]), st.floats(allow_nan=False)),
)
def test_verdict_on_values_is_that_of_the_schema(tmp_path: Path, column: int, value: float) -> None:
    row = good_row()
    row[column] = repr(value)
    assert accepted(write(tmp_path / "s.csv", row)) == (bool(np.isfinite(value)) and VALIDATOR.is_valid(as_object(row)))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(planet_id=st.from_regex(r"[0-9./ a-]{1,22}", fullmatch=True))
def test_verdict_on_ids_is_that_of_the_schema(tmp_path: Path, planet_id: str) -> None:
    row = good_row(planet_id)
    assert accepted(write(tmp_path / "s.csv", row)) == VALIDATOR.is_valid(as_object(row))


def accepted(path: Path) -> bool:
    try:
        validate_submission(path, SCHEMA)
    except SchemaViolation:
        return False
    return True


@pytest.mark.parametrize(
    ("column", "text", "name"),
    [
        (1, "0", "mu_0"),
        (283, "1.5", "mu_282"),
        (2, "-0.01", "mu_1"),
        (284, "0.0", "sigma_0"),
        (566, "-1e-5", "sigma_282"),
        (300, "nan", "sigma_16"),
        (9, "inf", "mu_8"),
        (9, "much", "mu_8"),
        (0, "0043", "planet_id"),
        (0, "43.0", "planet_id"),
    ],
)
def test_line_and_column_are_named(tmp_path: Path, column: int, text: str, name: str) -> None:
    row = good_row("43")
    row[column] = text
    with pytest.raises(SchemaViolation, match=rf"line 3, column {name}(;|$)") as caught:
        validate_submission(write(tmp_path / "s.csv", good_row(), row), SCHEMA)
    assert caught.value.exit_code == 2


def test_planets_must_be_the_expected_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", good_row("1"), good_row("2"))
    validate_submission(path, SCHEMA, ["2", "1"])
    with pytest.raises(SchemaViolation, match=r"lacks planets.*1: 3"):
        validate_submission(path, SCHEMA, ["1", "2", "3"])
    with pytest.raises(SchemaViolation, match=r"unexpected planets.*1: 2"):
        validate_submission(path, SCHEMA, ["1"])
    with pytest.raises(SchemaViolation, match="two rows"):
        validate_submission(write(path, good_row("1"), good_row("1")), SCHEMA, ["1"])


@pytest.mark.parametrize("columns", [kaggle_columns(283), (*COLUMNS[:2], COLUMNS[3], COLUMNS[2], *COLUMNS[4:])])
def test_other_columns_are_a_violation(tmp_path: Path, columns: tuple[str, ...]) -> None:
    with pytest.raises(SchemaViolation, match="line 1"):
        validate_submission(write(tmp_path / "s.csv", good_row(), columns=columns), SCHEMA)


def test_another_number_of_bins_is_a_violation(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", ["1", *["0.1"] * 20], columns=spectramind_columns(10))
    with pytest.raises(SchemaViolation, match="mu_282"):
        validate_submission(path, SCHEMA)


def test_limits_come_from_the_schema(tmp_path: Path) -> None:
    schema = json.loads(SCHEMA.read_text())
    schema["$defs"]["mu"]["maximum"] = 0.01
    (tmp_path / "own.json").write_text(json.dumps(schema))
    path = write(tmp_path / "s.csv", good_row())
    with pytest.raises(SchemaViolation, match=r"not above 0\.01"):
        validate_submission(path, tmp_path / "own.json")
    del schema["$defs"]["sigma"]
    (tmp_path / "own.json").write_text(json.dumps(schema))
    with pytest.raises(SchemaViolation, match="lacks 'sigma'"):
        validate_submission(path, tmp_path / "own.json")


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputDataError):
        validate_submission(tmp_path / "absent.csv", SCHEMA)


def test_a_full_submission_is_checked_in_seconds(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", *(good_row(str(planet)) for planet in range(1100)))
    start_s = time.perf_counter()
    validate_submission(path, SCHEMA, [str(planet) for planet in range(1100)])
    assert time.perf_counter() - start_s < 5.0


def test_the_door_returns_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = write(tmp_path / "good.csv", good_row())
    bad = write(tmp_path / "bad.csv", ["1", *["0"] * 566])
    assert main([str(good)]) == 0
    assert main([str(good), str(bad)]) == 2
    assert "bad.csv, line 2, column mu_0" in capsys.readouterr().err
    assert main([str(tmp_path / "absent.csv")]) == 6
    assert main([]) == 3


def test_the_door_opens_as_a_module(tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.csv", ["1", *["0"] * 566])
    source = Path(__file__).resolve().parents[2] / "src"
    command = [sys.executable, "-m", "spectramind.inference.schema_check", str(bad)]
    result = subprocess.run(command, env={"PYTHONPATH": str(source)}, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "column mu_0" in result.stderr

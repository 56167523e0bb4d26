from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spectramind.utils import schemas
from spectramind.utils.errors import SchemaViolation

ROW: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["planet_id", "sigma_0"],
    "additionalProperties": False,
    "properties": {"planet_id": {"type": "string"}, "sigma_0": {"type": "number", "exclusiveMinimum": 0}},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "row.schema.json").write_text(json.dumps(ROW))
    (tmp_path / "broken.schema.json").write_text('{"type": "nothing"}')
    (tmp_path / "torn.schema.json").write_text('{"type": ')
    monkeypatch.setattr(schemas, "schema_directory", lambda: tmp_path)
    schemas._validator.cache_clear()
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_a_good_table_is_counted() -> None:
    rows = [{"planet_id": "1", "sigma_0": 0.5}, {"planet_id": "2", "sigma_0": 1}]
    assert schemas.validate_table(rows, "row", where="a.csv", key="planet_id") == 2


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("row", "place"),
    [
        ({"planet_id": "7", "sigma_0": 0}, "row 2 (planet_id 7), column sigma_0"),
        ({"planet_id": "7", "sigma_0": float("nan")}, "row 2 (planet_id 7), column sigma_0"),
        ({"planet_id": "7", "sigma_0": float("inf")}, "row 2 (planet_id 7), column sigma_0"),
        ({"planet_id": "7"}, "row 2 (planet_id 7), column all"),
        ({"sigma_0": 1.0, "extra": 2}, "row 2 (planet_id missing), column all"),
    ],
)
def test_a_breach_names_row_and_column(row: dict[str, object], place: str) -> None:
    good = {"planet_id": "1", "sigma_0": 0.5}
    with pytest.raises(SchemaViolation) as caught:
        schemas.validate_table([good, row, row], "row", where="a.csv", key="planet_id")
    assert caught.value.where == f"a.csv {place}"
    assert caught.value.exit_code == 2


@pytest.mark.usefixtures("folder")
def test_a_document_names_its_place() -> None:
    with pytest.raises(SchemaViolation) as caught:
        schemas.validate_document({"planet_id": "1", "sigma_0": -1}, "row", where="m.json")
    assert caught.value.where == "m.json $.sigma_0"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["broken", "torn", "absent"])
def test_a_schema_that_is_none_is_a_violation(name: str) -> None:
    with pytest.raises(SchemaViolation):
        schemas.read_schema(name)


@pytest.mark.parametrize("name", schemas.schema_names())
def test_every_schema_of_the_project_is_one(name: str) -> None:
    assert schemas.read_schema(name)["title"]

from __future__ import annotations

import pytest

from spectramind.data.identifiers import VisitId, parse_planet_id
from spectramind.utils.errors import InputDataError


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("342072318", "342072318"),
        ("1103775.0", "1103775"),
        ("1103775.00", "1103775"),
        (4294092928, "4294092928"),
        (1103775.0, "1103775"),
        ("18446744073709551616", "18446744073709551616"),
        (" 7 ", "7"),
        ("007", "7"),
        ("0", "0"),
    ],
)
def test_ids_have_one_canonical_form(written: object, expected: str) -> None:
    assert parse_planet_id(written, where="row 2") == expected


@pytest.mark.parametrize(
    "written", ["", "../1", "1/2", "1.5", "-3", "+3", "1e5", "nan", None, "1" * 21, "٣", "1\x00", "1.0.0", "..", "0x10", "1_000", "1\n2"]
)
def test_anything_else_is_refused(written: object) -> None:
    with pytest.raises(InputDataError) as caught:
        parse_planet_id(written, where="test_star_info.csv row 2")
    assert caught.value.where == "test_star_info.csv row 2"
    assert caught.value.hint


def test_a_visit_names_its_products_and_sorts() -> None:
    assert VisitId("test", "12", 1).name == "planet_12_1"
    assert sorted([VisitId("train", "2", 1), VisitId("train", "2", 0), VisitId("test", "3", 0)])[0].split == "test"

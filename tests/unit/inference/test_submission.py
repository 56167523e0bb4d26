"""Writing a submission: bytes, both forms, nothing half-written, nothing invalid under its final name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spectramind.evaluation.submission_table import kaggle_columns, read_submission, spectramind_columns
from spectramind.inference.submission import writing_submission
from spectramind.utils.errors import SchemaViolation

BINS = 283
PLANETS = ("1103775", "4294092928")


def spectra(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(0.004, 0.08, (2, BINS)), rng.uniform(1e-5, 1e-3, (2, BINS))


def write(path: Path, kaggle_path: Path | None = None, seed: int = 0) -> None:
    mu, sigma = spectra(seed)
    with writing_submission(path, expected_ids=PLANETS, kaggle_path=kaggle_path) as writer:
        for planet_id, depths, errors in zip(PLANETS, mu, sigma, strict=True):
            writer.write(planet_id, depths, errors)


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    write(tmp_path / "s.csv")
    table, (mu, sigma) = read_submission(tmp_path / "s.csv"), spectra()
    assert table.columns == spectramind_columns(BINS)
    assert table.planet_ids == PLANETS
    np.testing.assert_allclose(table.mu, mu, rtol=1e-9)
    np.testing.assert_allclose(table.sigma, sigma, rtol=1e-9)


def test_kaggle_form_has_the_same_rows(tmp_path: Path) -> None:
    write(tmp_path / "s.csv", tmp_path / "out" / "kaggle.csv")
    own, kaggle = (path.read_text().splitlines() for path in (tmp_path / "s.csv", tmp_path / "out" / "kaggle.csv"))
    assert kaggle[0] == ",".join(kaggle_columns(BINS))
    assert kaggle[0].startswith("planet_id,wl_1,wl_2,")
    assert kaggle[0].endswith(",sigma_283")
    assert own[1:] == kaggle[1:]


def test_bytes_are_reproducible_and_plain(tmp_path: Path) -> None:
    write(tmp_path / "a.csv")
    write(tmp_path / "b.csv")
    content = (tmp_path / "a.csv").read_bytes()
    assert content == (tmp_path / "b.csv").read_bytes()
    assert content.endswith(b"\n")
    assert b"\r" not in content
    mu, sigma = np.full(BINS, 0.1 + 0.2), np.full(BINS, 1e-5)
    with writing_submission(tmp_path / "c.csv", expected_ids=["5"]) as writer:
        writer.write("5", mu, sigma)
    assert (tmp_path / "c.csv").read_text().splitlines()[1] == ",".join(["5", *["0.3"] * BINS, *["1e-05"] * BINS])


def test_rows_reach_the_disk_one_by_one(tmp_path: Path) -> None:
    mu, sigma = spectra()
    with writing_submission(tmp_path / "s.csv", expected_ids=PLANETS) as writer:
        for count, planet_id in enumerate(PLANETS):
            writer.write(planet_id, mu[count], sigma[count])
            (temporary,) = tmp_path.iterdir()
            assert temporary.read_bytes().count(b"\n") == count + 2
        assert not (tmp_path / "s.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["s.csv"]


def test_an_exception_leaves_the_earlier_submission(tmp_path: Path) -> None:
    write(tmp_path / "s.csv")
    before = (tmp_path / "s.csv").read_bytes()
    with pytest.raises(KeyboardInterrupt), writing_submission(tmp_path / "s.csv", expected_ids=PLANETS) as writer:
        writer.write(PLANETS[0], *(values[0] for values in spectra(1)))
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["s.csv"]
    assert (tmp_path / "s.csv").read_bytes() == before


def test_a_breach_leaves_the_earlier_submission_and_names_the_final_path(tmp_path: Path) -> None:
    write(tmp_path / "s.csv")
    before = (tmp_path / "s.csv").read_bytes()
    mu, sigma = spectra(1)
    sigma[1, 7] = 0.0
    with (
        pytest.raises(SchemaViolation, match=r"/s\.csv, line 3, column sigma_7"),
        writing_submission(tmp_path / "s.csv", expected_ids=PLANETS, kaggle_path=tmp_path / "k.csv") as writer,
    ):
        for planet_id, depths, errors in zip(PLANETS, mu, sigma, strict=True):
            writer.write(planet_id, depths, errors)
    assert [path.name for path in tmp_path.iterdir()] == ["s.csv"]
    assert (tmp_path / "s.csv").read_bytes() == before


def test_a_forgotten_planet_is_a_breach(tmp_path: Path) -> None:
    with pytest.raises(SchemaViolation, match="lacks planets"), writing_submission(tmp_path / "s.csv", expected_ids=PLANETS) as writer:
        writer.write(PLANETS[0], *(values[0] for values in spectra()))
    assert not list(tmp_path.iterdir())


def test_a_wrong_number_of_bins_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="283"), writing_submission(tmp_path / "s.csv", expected_ids=PLANETS) as writer:
        writer.write(PLANETS[0], np.ones(282), np.ones(282))

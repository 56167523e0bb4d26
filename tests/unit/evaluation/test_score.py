"""Scoring files: both column forms, alignment by id, and every way a file can be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from spectramind.evaluation.metric import official_metric
from spectramind.evaluation.score import score
from spectramind.evaluation.submission_table import kaggle_columns, spectramind_columns
from spectramind.utils.errors import InputDataError, SchemaViolation, SpectraMindError

BINS = 283
PLANETS = ("1103775", "4294092928", "7")


def write(path: Path, columns: Sequence[str], ids: Sequence[str], values: np.ndarray) -> Path:
    rows = [",".join([planet_id, *map(repr, row.tolist())]) for planet_id, row in zip(ids, values, strict=True)]
    path.write_text("\n".join([",".join(columns), *rows]) + "\n")
    return path


class Case:
    """A truth, training labels and a good submission on disk."""

    def __init__(self, folder: Path) -> None:
        rng = np.random.default_rng(3)
        self.folder = folder
        self.spectra = rng.uniform(0.005, 0.03, (3, BINS))
        self.labels = rng.uniform(0.004, 0.08, (11, BINS))
        self.mu = self.spectra + rng.normal(0, 2e-4, self.spectra.shape)
        self.sigma = rng.uniform(1e-4, 3e-4, self.spectra.shape)
        label_columns = kaggle_columns(BINS)[: BINS + 1]
        self.truth = write(folder / "truth.csv", label_columns, PLANETS, self.spectra)
        self.train = write(folder / "train.csv", label_columns, [str(i) for i in range(11)], self.labels)

    @property
    def values(self) -> np.ndarray:
        return np.hstack([self.mu, self.sigma])

    def submit(self, columns: Sequence[str] = spectramind_columns(BINS), ids: Sequence[str] = PLANETS) -> Path:
        return write(self.folder / "submission.csv", columns, ids, self.values[: len(ids)])

    def replace(self, line: int, column: int, text: str) -> Path:
        path = self.submit()
        rows = [row.split(",") for row in path.read_text().splitlines()]
        rows[line - 1][column] = text
        path.write_text("\n".join(map(",".join, rows)) + "\n")
        return path


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def expected(case: Case) -> float:
    mean, sigma = float(np.mean(case.labels)), float(np.std(case.labels))
    return official_metric(case.spectra, case.mu, case.sigma, naive_mean=mean, naive_sigma=sigma).unclipped


@pytest.mark.parametrize("columns", [spectramind_columns(BINS), kaggle_columns(BINS)])
def test_both_forms_score_the_same(case: Case, columns: Sequence[str]) -> None:
    report = score(case.submit(columns), case.truth, case.train)
    assert report.unclipped == pytest.approx(expected(case), rel=1e-12)
    assert report.planets == 3
    assert tuple(report.per_planet) == PLANETS
    assert report.as_dict()["score"] == report.score


def test_planets_are_aligned_by_id_even_when_written_as_floats(case: Case) -> None:
    path = write(case.folder / "s.csv", spectramind_columns(BINS), ["7.0", "1103775.0", "4294092928.0"], np.roll(case.values, 1, axis=0))
    assert score(path, case.truth, case.train).unclipped == pytest.approx(expected(case), rel=1e-12)


@pytest.mark.parametrize("text", ["nan", "", "inf", "-Infinity", "NA", "abc", "True", "1_0", "١", "0x10"])
def test_a_cell_that_is_not_a_finite_number_is_named(case: Case, text: str) -> None:
    with pytest.raises(SchemaViolation, match=r"not a finite number.*line 3, column mu_4"):
        score(case.replace(3, 5, text), case.truth, case.train)


@pytest.mark.parametrize(("column", "name"), [(1, "mu_0"), (BINS + 1, "sigma_0"), (2 * BINS, "sigma_282")])
def test_a_negative_value_is_named(case: Case, column: int, name: str) -> None:
    with pytest.raises(SchemaViolation, match=f"negative.*line 2, column {name}"):
        score(case.replace(2, column, "-1e-9"), case.truth, case.train)


@pytest.mark.parametrize("text", ["../7", "", "-3", "1.5", "1e6", "1" * 21])
def test_an_unusable_planet_id_is_named(case: Case, text: str) -> None:
    with pytest.raises(SchemaViolation, match=r"plain decimal.*line 4, column planet_id"):
        score(case.replace(4, 0, text), case.truth, case.train)


def test_missing_planets_are_named(case: Case) -> None:
    with pytest.raises(SchemaViolation, match=r"lacks planets.*1: 7"):
        score(case.submit(ids=PLANETS[:2]), case.truth, case.train)


def test_unexpected_planets_are_named(case: Case) -> None:
    with pytest.raises(SchemaViolation, match="lacks planets"):
        score(case.replace(4, 0, "8"), case.truth, case.train)
    case.truth = write(case.truth, kaggle_columns(BINS)[: BINS + 1], PLANETS[:2], case.spectra[:2])
    with pytest.raises(SchemaViolation, match=r"unexpected planets.*1: 7"):
        score(case.submit(), case.truth, case.train)


def test_a_double_planet_is_named(case: Case) -> None:
    with pytest.raises(SchemaViolation, match=r"two rows; the first is line 2.*line 4"):
        score(case.replace(4, 0, "1103775.0"), case.truth, case.train)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (("planet_id", "mu_0", "mu_1", "sigma_0"), "n depths and n sigmas|must be sigma_0"),
        (("planet_id", "mu_1", "mu_0", "sigma_0", "sigma_1"), "must be mu_0"),
        (("mu_0", "mu_1", "sigma_0", "sigma_1", "planet_id"), "must be planet_id"),
        (("planet_id",), "n depths and n sigmas"),
    ],
)
def test_wrong_columns_are_named(case: Case, columns: tuple[str, ...], message: str) -> None:
    path = write(case.folder / "s.csv", columns, ["7"], np.ones((1, len(columns) - 1)))
    with pytest.raises(SchemaViolation, match=message):
        score(path, case.truth, case.train)


def test_a_short_row_and_a_long_row_are_named(case: Case) -> None:
    for change in (lambda row: row.rsplit(",", 1)[0], lambda row: row + ",0.1", lambda row: ""):
        lines = case.submit().read_text().splitlines()
        lines[2] = change(lines[2])
        (case.folder / "s.csv").write_text("\n".join(lines))
        with pytest.raises(SchemaViolation, match=r"567 cells.*line 3"):
            score(case.folder / "s.csv", case.truth, case.train)


def test_another_number_of_bins_than_the_truth_is_refused(case: Case) -> None:
    path = write(case.folder / "s.csv", spectramind_columns(5), PLANETS, case.values[:, :10])
    with pytest.raises(SchemaViolation, match="283 bins"):
        score(path, case.truth, case.train)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'planet_id,"mu_0\n'])
def test_a_file_that_is_no_table_is_refused(case: Case, content: bytes) -> None:
    path = case.folder / "s.csv"
    path.write_bytes(content)
    with pytest.raises(SchemaViolation):
        score(path, case.truth, case.train)


def test_header_without_rows_is_refused(case: Case) -> None:
    with pytest.raises(SchemaViolation, match="no planet"):
        score(case.submit(ids=()), case.truth, case.train)


def test_missing_files_and_labels_that_do_not_fit_are_input_errors(case: Case) -> None:
    submission = case.submit()
    absent = case.folder / "absent.csv"
    short = write(case.folder / "short.csv", kaggle_columns(5)[:6], ["1", "2"], case.labels[:2, :5])
    constant = write(case.folder / "constant.csv", kaggle_columns(BINS)[: BINS + 1], ["1", "2"], np.ones((2, BINS)))
    for arguments in ((absent, case.truth, case.train), (submission, absent, case.train), (submission, case.truth, short)):
        with pytest.raises(InputDataError):
            score(*arguments)
    with pytest.raises(SpectraMindError, match="do not vary"):
        score(submission, case.truth, constant)

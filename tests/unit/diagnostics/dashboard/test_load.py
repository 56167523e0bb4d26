"""A run is read whole or refused with what is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny_dashboard
from tiny_dashboard import TinyRun

from spectramind.diagnostics.dashboard.load import load_run
from spectramind.utils.errors import InputDataError, SchemaViolation


def test_a_run_has_its_planets_in_the_order_of_the_submission(run: TinyRun) -> None:
    loaded = run.load()
    assert loaded.planet_ids == tiny_dashboard.PLANETS
    assert loaded.split == "test"
    assert loaded.truth is not None
    assert np.array_equal(loaded.truth, run.depth)
    assert loaded.mu.shape == loaded.sigma.shape == (4, loaded.wavelength_um.size)


def test_test_planets_have_no_truth_unless_a_table_is_given(run: TinyRun) -> None:
    assert run.load(truth=False).truth is None


def test_planets_without_truth_are_nan(run: TinyRun) -> None:
    tiny_dashboard.write_spectra(run.truth, tiny_dashboard.PLANETS[:2], run.depth[:2])
    truth = run.load().truth
    assert truth is not None
    assert np.isfinite(truth).all(axis=1).tolist() == [True, True, False, False]


def test_a_table_of_other_planets_is_refused(run: TinyRun) -> None:
    tiny_dashboard.write_spectra(run.truth, ("5",), run.depth[:1])
    with pytest.raises(InputDataError, match="none of the planets"):
        run.load()


def test_a_truth_of_other_bins_is_refused(run: TinyRun) -> None:
    tiny_dashboard.write_spectra(run.truth, tiny_dashboard.PLANETS, run.depth[:, :-1])
    with pytest.raises(InputDataError, match="another number of bins"):
        run.load()


def test_the_manifest_must_be_that_of_the_submission(run: TinyRun) -> None:
    text = run.submission.read_text()
    run.submission.write_text(text.replace("e-05", "e-04", 1))
    with pytest.raises(InputDataError, match="another submission") as caught:
        run.load()
    assert "spectramind predict" in caught.value.hint


def test_a_missing_submission_names_the_file(run: TinyRun, tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match=r"nowhere\.csv"):
        load_run(run.config, run.workspace, submission=tmp_path / "nowhere.csv")


def test_a_missing_or_broken_manifest_is_named(run: TinyRun) -> None:
    tiny_dashboard.change_manifest(run, planets={"11": {"status": "GREAT"}})
    with pytest.raises(SchemaViolation):
        run.load()
    run.manifest_path.unlink()
    with pytest.raises(InputDataError, match="manifest cannot be read"):
        run.load()


def test_planets_that_the_dataset_lacks_are_refused(run: TinyRun) -> None:
    stars = run.config.data.raw_dir / "test_star_info.csv"
    stars.write_text("\n".join(line for line in stars.read_text().splitlines() if not line.startswith("222")) + "\n")
    with pytest.raises(InputDataError, match="planets that the dataset lacks"):
        run.load()

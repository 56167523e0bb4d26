"""What a prediction says and does where its planets are not like those of the calibration."""

from __future__ import annotations

import numpy as np
import pytest

from spectramind.calibration.drift_check import FEWEST_VALUES
from spectramind.calibration.groups import Groups
from spectramind.calibration.quality import QualityClass
from spectramind.calibration.store import CalibrationRecord, Provenance
from spectramind.calibration.temperature import Temperature
from spectramind.inference.drift import DriftInUse
from spectramind.inference.health import COLUMNS, UNREAD, Health
from spectramind.utils.errors import InputDataError


def planets(count: int, seed: int, shift: float = 0.0) -> list[Health]:
    values = np.random.default_rng(seed).normal(size=(count, len(COLUMNS)))
    values[:, 1] += shift
    return [Health(suspicion=1.0, columns=dict(zip(COLUMNS, row, strict=True))) for row in values.tolist()]


def record(known: list[Health], names: tuple[str, ...] = COLUMNS) -> CalibrationRecord:
    return CalibrationRecord(
        temperature=Temperature(fgs1=1.0, airs=1.0),
        groups=Groups(factors=dict.fromkeys(QualityClass, 1.0), planets=dict.fromkeys(QualityClass, 0)),
        corel=None,
        provenance=Provenance(planet_ids=(), model={"kind": "physics"}, config_hash="", data_hash="", git_sha=""),
        before={},
        after={},
        columns={name: tuple(each.columns[name] for each in known) for name in names},
        left_out="",
    )


RECORD = record(planets(200, 0))


@pytest.mark.parametrize("widen", [True, False])
def test_alike_planets_change_nothing(widen: bool, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING", logger="spectramind"):
        drift = DriftInUse.between(RECORD, [*planets(80, 1), UNREAD], widen=widen)
    assert (drift.planets, drift.widening) == (80, 1.0)
    assert not caplog.records
    assert not any(column["drifted"] for column in drift.as_dict()["columns"].values())


def test_other_planets_widen_sigma_where_that_is_wanted(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING", logger="spectramind"):
        wide = DriftInUse.between(RECORD, planets(80, 1, 1.0), widen=True)
        told = DriftInUse.between(RECORD, planets(80, 1, 1.0), widen=False)
    assert wide.report is not None
    assert 1.2 < wide.widening == wide.report.widening
    assert told.widening == 1.0
    assert told.report == wide.report
    assert [each.message for each in caplog.records] == [wide.sentence, told.sentence]
    assert "calib.drift=warn" in told.sentence
    assert wide.as_dict()["columns"]["noise_scale"]["drifted"]


def test_too_few_of_either_are_not_compared() -> None:
    few = FEWEST_VALUES - 1
    for known, new in ((RECORD, planets(few, 1, 9.0)), (record(planets(few, 0)), planets(50, 1, 9.0)), (RECORD, [UNREAD] * 9)):
        drift = DriftInUse.between(known, new, widen=True)
        assert (drift.report, drift.widening) == (None, 1.0)
        assert drift.as_dict()["columns"] == {}


def test_columns_of_another_version_are_refused() -> None:
    with pytest.raises(InputDataError, match="same columns") as caught:
        DriftInUse.between(record(planets(20, 0), COLUMNS[:2]), planets(20, 1), widen=True)
    assert "spectramind calibrate-temp" in caught.value.hint

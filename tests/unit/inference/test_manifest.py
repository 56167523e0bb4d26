"""The manifest: complete, valid against its schema, and honest about planets set aside."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from spectramind.inference.manifest import PlanetOutcome, PlanetStatus, PlanetTrust, build_manifest, write_manifest
from spectramind.utils.errors import SchemaViolation
from spectramind.utils.schemas import validate_document

COMPLETE = PlanetOutcome(PlanetStatus.COMPLETE)


TRUST = PlanetTrust(quality="GOOD", expected_score=0.7, widening=1.0)
SAID = {"quality": "GOOD", "expected_score": 0.7, "widening": 1.0}
INTERVALS = {"file": "submission_intervals.csv", "sha256": "d" * 64, "alpha": 0.1, "method": "gaussian"}
UNCALIBRATED = {"calibrated": False, "reason": "not calibrated: there is no record", "intervals": INTERVALS}
CALIBRATED = {
    "calibrated": True,
    "reason": "temperature alone",
    "intervals": INTERVALS,
    "record": "c" * 64,
    "planets": 2,
    "temperature": {"fgs1": 1.2, "airs": 0.7, "planets": 8},
    "groups": {name: {"factor": 1.0, "planets": 8} for name in ("GOOD", "FAINT", "POOR")},
    "drift": {"sentence": "The test planets are too few.", "planets": 2, "widening": 1.0, "columns": {}},
}


def build(folder: Path, uncertainty: Mapping[str, object] = UNCALIBRATED, **planets: PlanetOutcome) -> dict[str, object]:
    submission = folder / "submission.csv"
    submission.write_text("planet_id\n")
    return build_manifest(
        submission=submission,
        planets={name.removeprefix("p"): outcome for name, outcome in planets.items()},
        trust={name.removeprefix("p"): TRUST for name in planets},
        config_hash="a" * 64,
        data_fingerprint="b" * 64,
        calibration={"hot_pixel_sigma": 5.0},
        model={"kind": "physics"},
        prior={"spectra": 60, "limb_darkening": 66},
        uncertainty=uncertainty,
        started_utc="2025-08-12T04:20:31Z",
        ended_utc="2025-08-12T04:21:00Z",
    )


def test_manifest_says_what_made_the_submission(tmp_path: Path) -> None:
    manifest = build(
        tmp_path,
        p11=COMPLETE,
        p12=COMPLETE,
        p5=PlanetOutcome(PlanetStatus.DEGRADED, "visit 1: AIRS-CH0 signal is truncated"),
        p6=PlanetOutcome(PlanetStatus.FALLBACK, "no visit could be read"),
    )
    path = write_manifest(tmp_path / "submission.csv", manifest)
    assert path == tmp_path / "submission_manifest.json"
    read = json.loads(path.read_text())
    validate_document(read, "manifest", where=str(path))
    assert read["submission"] == {"file": "submission.csv", "sha256": hashlib.sha256(b"planet_id\n").hexdigest(), "rows": 4}
    assert read["status_counts"] == {"COMPLETE": 2, "DEGRADED": 1, "FALLBACK": 1}
    assert read["planets"]["11"] == {"status": "COMPLETE", **SAID}
    assert read["planets"]["6"] == {"status": "FALLBACK", "reason": "no visit could be read", **SAID}
    assert read["toolchain"]["python"].startswith("3.")
    assert read["calibration"] == {"hot_pixel_sigma": 5.0}


@pytest.mark.parametrize("status", [PlanetStatus.DEGRADED, PlanetStatus.FALLBACK])
def test_a_planet_set_aside_needs_a_reason(tmp_path: Path, status: PlanetStatus) -> None:
    with pytest.raises(SchemaViolation, match="reason"):
        build(tmp_path, p11=PlanetOutcome(status))


def test_an_unusable_id_or_no_planet_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaViolation):
        build(tmp_path, UNCALIBRATED, **{"../x": COMPLETE})
    with pytest.raises(SchemaViolation):
        build(tmp_path)


def test_the_uncertainty_is_said(tmp_path: Path) -> None:
    assert build(tmp_path, p11=COMPLETE)["uncertainty"] == UNCALIBRATED
    corel = {"corel": {"alpha": 0.1, "planets": 20, "scale": {"min": 0.9, "median": 1.0, "max": 1.1}}}
    assert build(tmp_path, CALIBRATED | corel, p11=COMPLETE)["uncertainty"] == CALIBRATED | corel


@pytest.mark.parametrize(
    "wrong",
    [
        {"calibrated": False},
        UNCALIBRATED | {"temperature": CALIBRATED["temperature"]},
        {"calibrated": True, "reason": "temperature alone"},
        CALIBRATED | {"temperature": {"fgs1": 0.0, "airs": 1.0, "planets": 8}},
        CALIBRATED | {"corel": {"alpha": 0.1, "planets": 20}},
        CALIBRATED | {"tau": 1.0},
    ],
)
def test_an_uncertainty_that_is_not_whole_is_refused(tmp_path: Path, wrong: Mapping[str, object]) -> None:
    with pytest.raises(SchemaViolation, match=r"\S"):
        build(tmp_path, wrong, p11=COMPLETE)

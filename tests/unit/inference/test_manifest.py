"""The manifest: complete, valid against its schema, and honest about planets set aside."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from spectramind.inference.manifest import PlanetOutcome, PlanetStatus, build_manifest, write_manifest
from spectramind.utils.errors import SchemaViolation
from spectramind.utils.schemas import validate_document

COMPLETE = PlanetOutcome(PlanetStatus.COMPLETE)


def build(folder: Path, **planets: PlanetOutcome) -> dict[str, object]:
    submission = folder / "submission.csv"
    submission.write_text("planet_id\n")
    return build_manifest(
        submission=submission,
        planets={name.removeprefix("p"): outcome for name, outcome in planets.items()},
        config_hash="a" * 64,
        data_fingerprint="b" * 64,
        calibration={"hot_pixel_sigma": 5.0},
        model={"kind": "physics"},
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
    assert read["planets"]["11"] == {"status": "COMPLETE"}
    assert read["planets"]["6"] == {"status": "FALLBACK", "reason": "no visit could be read"}
    assert read["toolchain"]["python"].startswith("3.")
    assert read["calibration"] == {"hot_pixel_sigma": 5.0}


@pytest.mark.parametrize("status", [PlanetStatus.DEGRADED, PlanetStatus.FALLBACK])
def test_a_planet_set_aside_needs_a_reason(tmp_path: Path, status: PlanetStatus) -> None:
    with pytest.raises(SchemaViolation, match="reason"):
        build(tmp_path, p11=PlanetOutcome(status))


def test_an_unusable_id_or_no_planet_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaViolation):
        build(tmp_path, **{"../x": COMPLETE})
    with pytest.raises(SchemaViolation):
        build(tmp_path)

"""submission_manifest.json: what made a submission, and how each planet fared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from spectramind.utils.artifacts import sha256_file, write_json
from spectramind.utils.provenance import git_sha, toolchain_versions
from spectramind.utils.schemas import validate_document

MANIFEST_NAME = "submission_manifest.json"


class PlanetStatus(StrEnum):
    """How a planet's spectrum came about."""

    COMPLETE = "COMPLETE"
    """Measured from all of its data."""
    DEGRADED = "DEGRADED"
    """Measured from a part of its data."""
    FALLBACK = "FALLBACK"
    """Not measured: a wide guess that keeps the submission whole."""


@dataclass(frozen=True)
class PlanetOutcome:
    """Status of one planet, with its reason; only COMPLETE needs none."""

    status: PlanetStatus
    reason: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the outcome in JSON types."""
        return {"status": str(self.status)} | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True, kw_only=True)
class PlanetTrust:
    """How far the sigma of one planet can be trusted.

    Attributes:
        quality: Class of `calibration.quality.QualityClass`.
        expected_score: Official score to expect, before the clip.
        widening: Factor on sigma beyond temperature and COREL, 1 for none.
    """

    quality: str
    expected_score: float
    widening: float


def build_manifest(
    *,
    submission: Path,
    planets: Mapping[str, PlanetOutcome],
    trust: Mapping[str, PlanetTrust],
    config_hash: str,
    data_fingerprint: str,
    calibration: Mapping[str, object],
    model: Mapping[str, object],
    prior: Mapping[str, int],
    uncertainty: Mapping[str, object],
    started_utc: str,
    ended_utc: str,
) -> dict[str, object]:
    """Return the manifest of a finished submission.

    Args:
        submission: The file; it is hashed.
        planets: Canonical planet id -> outcome, one for every row of the submission.
        trust: The same planets -> how far their sigma can be trusted.
        config_hash: sha256 of the resolved configuration.
        data_fingerprint: sha256 over the raw data.
        calibration: Resolved parameters of the detector calibration, in JSON types.
        model: Kind of model, and of a network the hashes of its members.
        prior: How many labels its prior was learned from (`PriorByPlanet.as_dict`).
        uncertainty: Whether and how sigma was calibrated, and why so.
        started_utc: Start of the prediction, as `utils.clock.utc_now` writes it.
        ended_utc: Its end.

    Raises:
        SchemaViolation: A part breaks schemas/manifest.schema.json, such as a planet set aside without a reason.
    """
    manifest: dict[str, object] = {
        "git_sha": git_sha(),
        "config_hash": config_hash,
        "data_fingerprint": data_fingerprint,
        "calibration": dict(calibration),
        "model": dict(model),
        "prior": dict(prior),
        "uncertainty": dict(uncertainty),
        "toolchain": toolchain_versions(),
        "started_utc": started_utc,
        "ended_utc": ended_utc,
        "submission": {"file": submission.name, "sha256": sha256_file(submission), "rows": len(planets)},
        "status_counts": dict(Counter(str(outcome.status) for outcome in planets.values())),
        "planets": {planet_id: outcome.as_dict() | vars(trust[planet_id]) for planet_id, outcome in planets.items()},
    }
    validate_document(manifest, "manifest", where=MANIFEST_NAME)
    return manifest


def write_manifest(submission: Path, manifest: Mapping[str, object]) -> Path:
    """Write the manifest beside its submission and return its path."""
    path = submission.with_name(MANIFEST_NAME)
    write_json(path, dict(manifest))
    return path

"""What names a model: in manifests, and in the provenance of a calibration of its uncertainty."""

from __future__ import annotations

from typing import Any

from spectramind.training.ensemble import EnsembleRecord, read_record
from spectramind.utils.config.schema import Config
from spectramind.utils.runs import Workspace


def model_identity(config: Config, workspace: Workspace) -> dict[str, Any]:
    """Return the kind of the configured model, and what names its networks where it has any.

    Raises:
        InputDataError: If the record of the training is damaged.
    """
    record = read_record(workspace, "supervised") if config.model.kind == "network" else None
    return {"kind": config.model.kind} | (network_identity(record) if record else {})


def network_identity(record: EnsembleRecord) -> dict[str, Any]:
    """Return the key of the networks' training, and the hash of every checkpoint by fold."""
    return {"key": record.key, "members": {str(member.fold): member.sha256 for member in record.members}}

"""The networks behind a submission, for reports that look into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectramind.diagnostics.run_data import RunData
from spectramind.inference.model_identity import network_identity
from spectramind.utils.errors import InputDataError

if TYPE_CHECKING:
    from spectramind.inference.network_ensemble import NetworkEnsemble


def open_submitted_network(run: RunData) -> NetworkEnsemble:
    """Open the trained networks of a workspace, if they are those that the manifest of the submission names.

    PyTorch is loaded with them, and only then: reports about the physical model do without.

    Raises:
        InputDataError: If there are none, they are damaged, or they are no longer those that made the submission.
        ConfigError: If the configuration asks for another network than was trained.
    """
    from spectramind.inference.network_ensemble import NetworkEnsemble

    ensemble = NetworkEnsemble.open(run.config, run.workspace, run.dataset)
    made, now = run.manifest["model"], network_identity(ensemble.record)
    if {name: made.get(name) for name in now} != now:
        raise InputDataError(
            "the networks are no longer those that made the submission",
            where=str(run.submission),
            received=f"made by {str(made.get('key'))[:12]}, now {now['key'][:12]}",
            hint="spectramind predict --out-csv FILE",
        )
    return ensemble

"""What a calibration of the uncertainty leaves: a set of files that are replaced together, and a report of what was done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from spectramind.calibration.left_out import LeftOut, write_left_out
from spectramind.calibration.store import COREL_NAME, CalibrationRecord, write_record
from spectramind.inference.uncertainty import calibration_folder
from spectramind.utils.artifacts import write_text
from spectramind.utils.file_set import mark_absent, replacing_together
from spectramind.utils.runs import Workspace

LOG = logging.getLogger(__name__)

# (record, planets left out) -> name of a file -> its text: the report that belongs to the calibration and is replaced with it.
Describe = Callable[[CalibrationRecord, LeftOut], Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class CalibrationReport:
    """What a calibration did; figures are those of `sigma_quality.quality`.

    Attributes:
        before: Of the model's sigma, or, for COREL, of sigma after the temperature.
        after: Of the calibrated sigma, each planet with a calibration fitted without it.
        factors: Name -> factor on sigma.
        reason: Why the last step was left out, empty where it was not.
        warning: What is wrong with the temperature, empty where nothing is.
        set_aside: Planet -> why the model has no answer of its own for it.
    """

    record: str
    planets: int
    factors: dict[str, float]
    before: dict[str, float]
    after: dict[str, float]
    reason: str
    warning: str
    set_aside: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return dict(vars(self))


def no_report(_record: CalibrationRecord, _left_out: LeftOut) -> Mapping[str, str]:
    """Describe a calibration by nothing but its record."""
    return {}


def store(workspace: Workspace, record: CalibrationRecord, unseen: LeftOut, describe: Describe) -> None:
    """Write everything that belongs to a calibration; killed at any moment, all of the old set is there or all of the new one.

    Args:
        record: Its `left_out` is set here.
        unseen: Planets left out of the fit.
        describe: Makes the texts beside them.
    """
    with replacing_together(calibration_folder(workspace)) as staged:
        record = replace(record, left_out=write_left_out(staged, unseen))
        write_record(staged, record)
        if record.corel is None:
            mark_absent(staged, COREL_NAME)
        for name, text in describe(record, unseen).items():
            write_text(staged / name, text)
    if record.temperature.warning:
        LOG.warning("%s", record.temperature.warning)

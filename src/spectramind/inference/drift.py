"""Are the planets to be predicted like those of the calibration? What is said, and what follows for sigma."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from spectramind.calibration.drift_check import FEWEST_VALUES, DriftReport, check_drift
from spectramind.calibration.store import CalibrationRecord
from spectramind.inference.health import Health, columns_of

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class DriftInUse:
    """The comparison of one prediction.

    Attributes:
        report: What differs; None where nothing could be compared.
        planets: Planets to be predicted whose light curves were compared.
        widening: Factor on sigma and intervals, 1 for none.
        sentence: The verdict in words.
    """

    report: DriftReport | None
    planets: int
    widening: float
    sentence: str

    @classmethod
    def between(cls, record: CalibrationRecord, health: Iterable[Health], *, widen: bool) -> DriftInUse:
        """Compare planets with those of a calibration, and warn in the log where they differ.

        Args:
            health: Of the planets to be predicted.
            widen: Whether sigma follows; else it is words alone.

        Raises:
            InputDataError: If the record holds other columns than this version compares.
        """
        columns = columns_of(health)
        planets = min(len(values) for values in columns.values())
        fewest = min([planets, *(len(values) for values in record.columns.values())])
        if fewest < FEWEST_VALUES:
            sentence = f"The test planets are too few to compare them with the calibration planets: it takes {FEWEST_VALUES} of both."
            return cls(report=None, planets=planets, widening=1.0, sentence=sentence)
        report = check_drift(record.columns, columns)
        sentence = report.sentence
        if report.drifted:
            sentence += " It was made so." if widen else " It was left as it is: calib.drift=warn."
            _LOG.warning("%s", sentence)
        return cls(report=report, planets=planets, widening=report.widening if widen else 1.0, sentence=sentence)

    def as_dict(self) -> dict[str, Any]:
        """Return what a manifest says of it."""
        columns = () if self.report is None else self.report.columns
        return {
            "sentence": self.sentence,
            "planets": self.planets,
            "widening": self.widening,
            "columns": {column.name: {name: value for name, value in asdict(column).items() if name != "name"} for column in columns},
        }

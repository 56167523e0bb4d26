"""Science gates: is what a step saw plausible?"""

from __future__ import annotations

from dataclasses import dataclass

from spectramind.data.frames import History
from spectramind.utils.config.schema import GatesConfig


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """One plausible range against the smallest and largest value seen."""

    name: str
    step: str
    low: float
    high: float
    seen_low: float
    seen_high: float

    @property
    def passed(self) -> bool:
        """True where everything seen lies in the range; a NaN does not."""
        return self.low <= self.seen_low and self.seen_high <= self.high

    def as_dict(self) -> dict[str, object]:
        """JSON-ready form."""
        return {
            "name": self.name,
            "step": self.step,
            "range": [self.low, self.high],
            "seen": [self.seen_low, self.seen_high],
            "passed": self.passed,
        }


def check_gates(history: History, gates: GatesConfig) -> tuple[GateResult, ...]:
    """Hold the history of a sensor's chain against the plausible ranges."""
    limits: dict[str, tuple[float, float]] = vars(gates)
    results = []
    for record in history:
        seen = {name: span for name, span in record.ranges.items() if name in limits}
        if record.name == "interpolation":
            fraction = record.counts["pixels_in_space"] / record.counts["pixels"]
            seen["masked_fraction"] = (fraction, fraction)
        for name, (low, high) in seen.items():
            limit = limits[name]
            results.append(GateResult(name=name, step=record.name, low=limit[0], high=limit[1], seen_low=low, seen_high=high))
    return tuple(results)

"""The rows of an ablation's report: every variant's score with its spread over seeds, and what its change is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from spectramind.training.results import Ablation, VariantResults
from spectramind.training.variants import BASE, PHYSICS

# What a difference of score must exceed to count: this many of its standard deviations over seeds, and what shows in the
# digits of the report.
SPREADS = 2.0
SMALLEST_EFFECT = 1e-4


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A quantity over seeds.

    Attributes:
        mean: Over seeds.
        deviation: Standard deviation (ddof 1), 0 where there is one value.
        values: In the order of the seeds.
    """

    mean: float
    deviation: float
    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Summarise at least one value."""
        return cls(mean=fmean(values), deviation=stdev(values) if len(values) > 1 else 0.0, values=tuple(values))

    def __str__(self) -> str:
        return f"{self.mean:.4f} ± {self.deviation:.4f}" if len(self.values) > 1 else f"{self.mean:.4f}"

    @property
    def signed(self) -> str:
        """The same with a sign, for differences."""
        return f"{self.mean:+.4f} ± {self.deviation:.4f}" if len(self.values) > 1 else f"{self.mean:+.4f}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One variant.

    Attributes:
        rank: Among all variants, 1 is best, also where the report leaves some out.
        to_base, to_physics: Differences of score to those rows, seed by seed.
        coverage, violations: Means over seeds.
        effect: ``helps``, ``harms``, ``none``, or empty for the base itself.
        verdict: The same as a sentence.
    """

    rank: int
    name: str
    question: str
    overrides: str
    score: Spread
    to_base: Spread
    to_physics: Spread
    gll: float
    z_std: float
    coverage: dict[str, float]
    violations: dict[str, float]
    seconds: float
    effect: str
    verdict: str


def table(ablation: Ablation, top_n: int) -> tuple[Row, ...]:
    """Return the best rows by mean score, and base and physics wherever they stand."""
    base, physics = (next(row for row in ablation.rows if row.variant.name == name) for name in (BASE, PHYSICS))
    ranked = sorted(ablation.rows, key=lambda row: -fmean(_scores(row)))
    rows = [_row(rank, each, base, physics) for rank, each in enumerate(ranked, start=1)]
    others = [row for row in rows if row.name not in (BASE, PHYSICS)][:top_n]
    return tuple(row for row in rows if row.name in (BASE, PHYSICS) or row in others)


def percent(share: float) -> str:
    """Return a share as text."""
    return f"{100.0 * share:.1f} %"


def extent(row: Row) -> str:
    """Return the lowest and the highest score of a variant as text."""
    return f"{min(row.score.values):.4f} to {max(row.score.values):.4f}"


def _row(rank: int, own: VariantResults, base: VariantResults, physics: VariantResults) -> Row:
    measured = [result.measurement for result in own.results]
    to_base = _difference(own, base)
    effect = "" if own.variant.name == BASE else _effect(to_base)
    return Row(
        rank=rank,
        name=own.variant.name,
        question=own.variant.question,
        overrides=own.variant.overrides,
        score=Spread.of(_scores(own)),
        to_base=to_base,
        to_physics=_difference(own, physics),
        gll=fmean(each.gll for each in measured),
        z_std=fmean(each.z_std for each in measured),
        coverage={share: fmean(each.coverage[share] for each in measured) for share in measured[0].coverage},
        violations={name: fmean(each.violations[name] for each in measured) for name in measured[0].violations},
        seconds=fmean(result.seconds for result in own.results),
        effect=effect,
        verdict=_verdict(effect, to_base),
    )


def _scores(row: VariantResults) -> list[float]:
    return [result.measurement.score for result in row.results]


def _difference(own: VariantResults, other: VariantResults) -> Spread:
    """Return own minus other, seed by seed; what was measured once, without a seed, is compared with every seed."""
    first, second = _scores(own), _scores(other)
    count = max(len(first), len(second))
    first, second = (scores * count if len(scores) == 1 else scores for scores in (first, second))
    return Spread.of([a - b for a, b in zip(first, second, strict=True)])


def _effect(to_base: Spread) -> str:
    if len(to_base.values) < 2 or abs(to_base.mean) <= max(SPREADS * to_base.deviation, SMALLEST_EFFECT):
        return "none"
    return "helps" if to_base.mean > 0.0 else "harms"


def _verdict(effect: str, to_base: Spread) -> str:
    if not effect:
        return "The configured network, which all others are compared with."
    if len(to_base.values) < 2:
        return f"One seed cannot tell: {to_base.signed} against the base."
    words = {"helps": "Helps", "harms": "Harms", "none": "Makes no difference beyond the spread"}
    return f"{words[effect]}: {to_base.signed} against the base."

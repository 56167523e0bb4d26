"""Results of an ablation, made up."""

from __future__ import annotations

from spectramind.training.results import Ablation, Measurement, Result, VariantResults
from spectramind.training.variants import Variant

SCORES = {
    "base": (0.50, 0.52, 0.51),
    "physics only": (0.48,),
    "better": (0.53, 0.55, 0.53),
    "worse": (0.40, 0.43, 0.41),
    "same": (0.51, 0.51, 0.51),
    "<b>wild|name</b>": (-0.9, -0.8, -0.7),
}


def variant_results(name: str, scores: tuple[float, ...]) -> VariantResults:
    changes = {} if name in ("base", "physics only") else {f"a.{name}": 1.0}
    variant = Variant(name=name, question=f"What of {name}?", changes=changes)
    results = tuple(
        Result(
            key=f"{name}{seed}",
            variant=name,
            overrides="",
            seed=seed,
            planets=8,
            seconds=12.0,
            measurement=Measurement(score=score, gll=8.0, z_std=1.1, coverage={"68": 0.7}, violations={"seam": 0.25}),
        )
        for seed, score in enumerate(scores)
    )
    return VariantResults(variant=variant, results=results)


def make_ablation(scores: dict[str, tuple[float, ...]] = SCORES) -> Ablation:
    return Ablation(rows=tuple(variant_results(name, values) for name, values in scores.items()), failed={"blind": "no <encoder>\nat all"})

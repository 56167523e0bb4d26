"""What an ablation compares: the configured network, and variants of it that differ in one part each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from spectramind.utils.config.schema import Config

BASE, PHYSICS = "base", "physics only"

# Weight with which a term that the configuration leaves out is switched on. Chosen so that one clear violation (its tolerance in
# smoothness, seam and coherence, 2 % of the interval in ratio) costs about 0.01 of the likelihood's usual 8 nats.
USUAL_WEIGHTS = {"smoothness": 1e5, "nonnegativity": 1.0, "coherence": 1e3, "seam": 1e5, "ratio": 1.0, "quantile": 1.0}


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One row of an ablation.

    Attributes:
        name: As the report names it.
        question: What it answers.
        changes: Configuration key -> value that differs from the configured one.
        trained: False for the transit inference alone, which no training changes.
    """

    name: str
    question: str
    changes: Mapping[str, str | float] = field(default_factory=dict)
    trained: bool = True

    def applied(self, config: Config) -> Config:
        """Return the configuration of this variant."""
        for key, value in self.changes.items():
            config = _with(config, key.split("."), value)
        return config

    @property
    def overrides(self) -> str:
        """The changes as they are typed after any command."""
        return " ".join(f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}" for key, value in self.changes.items())


def variants(config: Config) -> tuple[Variant, ...]:
    """Return all variants: first the base, then physics alone, then those that differ from the base and from each other."""
    chosen = [
        Variant(name=BASE, question="What does the network reach as configured?"),
        Variant(name=PHYSICS, question="What does the transit inference reach without any network?", trained=False),
    ]
    seen = [config]
    for variant in (*_fusions(), *_encoders(), *_baselines(), *_heads(config), *_terms(config)):
        changed = variant.applied(config)
        if changed not in seen:
            seen.append(changed)
            chosen.append(variant)
    return tuple(chosen)


def _fusions() -> Iterator[Variant]:
    for kind, how in (("concat", "are joined"), ("cross", "attend to each other"), ("gated", "are weighed by gates")):
        yield Variant(name=f"{kind} fusion", question=f"What if the latents of FGS1 and AIRS {how}?", changes={"model.fusion.kind": kind})


def _encoders() -> Iterator[Variant]:
    for name, fgs1, airs in (
        ("both encoders", "mamba2", "gat"),
        ("FGS1 encoder alone", "mamba2", "none"),
        ("AIRS encoder alone", "none", "gat"),
    ):
        yield Variant(
            name=name, question="How much does each encoder contribute?", changes={"model.fgs1.kind": fgs1, "model.airs.kind": airs}
        )


def _baselines() -> Iterator[Variant]:
    yield Variant(
        name="network on physics", question="What if the network corrects the transit inference?", changes={"model.baseline": "physics"}
    )
    yield Variant(
        name="network without physics", question="What if the network corrects only a mean spectrum?", changes={"model.baseline": "naive"}
    )


def _heads(config: Config) -> Iterator[Variant]:
    """Yield both heads, the quantile head with and without its term; under the other head that term is always 0."""
    weight = config.loss.weights.quantile or USUAL_WEIGHTS["quantile"]
    yield Variant(name="Gaussian head", question="What if the network says sigma itself?", changes={"model.sigma_head": "log_sigma"})
    for name, value in (("quantile head", weight), ("quantile head without its term", 0.0)):
        yield Variant(
            name=name,
            question="What if sigma comes from quantiles, kept in order by their term or not?",
            changes={"model.sigma_head": "quantiles", "loss.weights.quantile": value},
        )


def _terms(config: Config) -> Iterator[Variant]:
    """Yield every symbolic term the other way: off where it has a weight, else on; the seam only where the data have one."""
    for name, weight in vars(config.loss.weights).items():
        if name == "quantile" or (name == "seam" and not config.data.extraction.seam_bins):
            continue
        key = f"loss.weights.{name}"
        if weight > 0.0:
            yield Variant(name=f"without {name}", question=f"What does the {name} term contribute?", changes={key: 0.0})
        else:
            yield Variant(name=f"with {name}", question=f"What would the {name} term contribute?", changes={key: USUAL_WEIGHTS[name]})


def _with(section: Any, path: list[str], value: object) -> Any:
    """Return a copy of a section with another value at a path; the checks of the section run again."""
    name = path[0]
    return replace(section, **{name: value if len(path) == 1 else _with(getattr(section, name), path[1:], value)})

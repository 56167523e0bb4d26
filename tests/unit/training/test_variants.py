"""Variants of the configured network: each differs in one part, and no two are the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spectramind.training.variants import BASE, PHYSICS, USUAL_WEIGHTS, Variant, variants
from spectramind.utils.config import config_dict, load_config
from spectramind.utils.config.schema import Config

ALTERED = (
    "model.fusion.kind=gated",
    "model.baseline=naive",
    "model.sigma_head=quantiles",
    "model.airs.kind=none",
    "loss.weights.smoothness=7",
    "data.extraction.seam_bins=[40]",
)


def named(config: Config) -> dict[str, Variant]:
    return {variant.name: variant for variant in variants(config)}


def test_the_configured_network_is_compared_with_all_of_its_parts() -> None:
    assert list(named(load_config(()))) == [
        *(BASE, PHYSICS, "cross fusion", "gated fusion", "FGS1 encoder alone", "AIRS encoder alone", "network without physics"),
        *("quantile head", "quantile head without its term", "with smoothness", "without nonnegativity", "with coherence", "with ratio"),
    ]


def test_what_is_configured_is_not_compared_with_itself() -> None:
    assert list(named(load_config(ALTERED))) == [
        *(BASE, PHYSICS, "concat fusion", "cross fusion", "both encoders", "AIRS encoder alone", "network on physics"),
        *("Gaussian head", "quantile head without its term"),
        *("without smoothness", "without nonnegativity", "with coherence", "with seam", "with ratio"),
    ]


@pytest.mark.parametrize("overrides", [(), ALTERED])
def test_trained_variants_are_all_different(overrides: tuple[str, ...]) -> None:
    config = load_config(overrides)
    changed = [config_dict(variant.applied(config)) for variant in variants(config) if variant.trained]
    assert all(first != second for place, first in enumerate(changed) for second in changed[:place])
    assert changed[0] == config_dict(config)


@pytest.mark.parametrize("overrides", [(), ALTERED])
def test_the_overrides_of_a_variant_give_its_configuration(overrides: tuple[str, ...]) -> None:
    config = load_config(overrides)
    for variant in variants(config):
        typed = load_config((*overrides, *variant.overrides.split()))
        assert config_dict(typed) == config_dict(variant.applied(config)), variant.name


def test_terms_go_the_other_way() -> None:
    known = named(load_config(()))
    assert known["without nonnegativity"].applied(load_config(())).loss.weights.nonnegativity == 0.0
    assert known["with smoothness"].applied(load_config(())).loss.weights.smoothness == USUAL_WEIGHTS["smoothness"]
    assert USUAL_WEIGHTS.keys() == vars(load_config(()).loss.weights).keys()


def test_the_configuration_itself_stays_as_it_is() -> None:
    config = load_config(())
    before = replace(config)
    named(config)["AIRS encoder alone"].applied(config)
    assert config == before


def test_a_value_out_of_range_or_a_key_that_is_not_known_is_refused() -> None:
    config = load_config(())
    with pytest.raises(AttributeError):
        Variant(name="", question="", changes={"model.nothing.kind": "x"}).applied(config)
    with pytest.raises(TypeError):
        Variant(name="", question="", changes={"model.fusion.sort": "x"}).applied(config)

"""The facts of a planet, from its fitted visits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spectramind.diagnostics.explanation.facts import contrasts_of, count_episodes, movers_of, visit_facts
from spectramind.diagnostics.explanation.gather import facts_of_view
from spectramind.diagnostics.explanation.shapley import Attribution
from spectramind.diagnostics.planet.data import PlanetView, VisitView


def test_a_visit_says_how_its_fit_went(visit: VisitView, cut_visit: VisitView) -> None:
    facts = visit_facts(visit)
    assert facts.converged
    assert facts.doubts == ()
    assert facts.signal_to_noise == visit.transit["search"][3]
    assert facts.drift_order == tuple(visit.transit["noise"][:2].astype(int))
    assert any("Whole transit seen" in doubt for doubt in visit_facts(cut_visit).doubts)


def test_an_episode_is_a_run_of_samples_far_off() -> None:
    residual = np.random.default_rng(0).normal(0.0, 1e-4, 300)
    assert count_episodes(residual) == 0
    residual[40:46] += 2e-3
    residual[0] = 1e-2
    assert count_episodes(residual) == 2


def test_the_contrasts_of_two_visits_are_surer_and_those_of_a_doubtful_one_less(visit: VisitView) -> None:
    wavelength_um = np.append(0.7, np.linspace(1.95, 3.9, 60))
    drawn = {"likelihood_precision": np.eye(61) * 1e8, "likelihood_right": 1e8 * np.linspace(0.01, 0.012, 61) ** 1.5}
    seen = replace(visit, transit={**drawn, "wavelength_um": wavelength_um, "converged": np.array(True)})
    unsettled = replace(seen, transit={**seen.transit, "converged": np.array(False)})
    one, two, doubtful = (contrasts_of(visits)[0] for visits in ([seen], [seen, seen], [unsettled]))
    assert two.sigma < one.sigma < doubtful.sigma
    np.testing.assert_allclose([two.depth, doubtful.depth], one.depth, rtol=1e-6)
    assert contrasts_of([]) == ()


def test_movers_are_level_and_shape_over_airs_alone() -> None:
    values = np.array([[9.0, 1.0, 3.0], [9.0, -1.0, -1.0]])
    made = Attribution(base=np.zeros(3), values=values, standard_error=np.zeros_like(values))
    first, second = movers_of(made, ("a", "b"))
    assert (first.name, first.level, first.shape) == ("a", 2.0, 1.0)
    assert (second.level, second.shape) == (-1.0, 0.0)
    assert movers_of(None, ("a", "b")) == ()


def test_the_status_of_a_page_follows_from_its_visits(planet: PlanetView) -> None:
    assert facts_of_view(planet, None).status == "DEGRADED"
    assert facts_of_view(replace(planet, set_aside={}), None).status == "COMPLETE"
    assert facts_of_view(replace(planet, visits=()), None).status == "FALLBACK"

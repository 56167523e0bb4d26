"""Gather the facts of a planet from a prediction, or from what its page shows."""

from __future__ import annotations

from spectramind.diagnostics.explanation.facts import PlanetFacts, contrasts_of, movers_of, visit_facts
from spectramind.diagnostics.explanation.store import Explanations
from spectramind.diagnostics.planet.data import PlanetView, VisitView
from spectramind.diagnostics.run_data import RunData
from spectramind.features.build import KINDS, features_by
from spectramind.features.transit.star import StarPrior
from spectramind.inference.manifest import PlanetStatus
from spectramind.training.load import read_features
from spectramind.utils.errors import InputDataError


def facts_of_run(run: RunData, planet_id: str, explanations: Explanations) -> PlanetFacts:
    """Return the facts of a predicted planet; visits whose features cannot be read are set aside with the reason."""
    visits, set_aside = [], {}
    version, row = features_by(run.config, run.dataset), run.dataset.stars[run.split].astype(float).loc[planet_id].to_dict()
    star = StarPrior.from_catalogue(row)  # type: ignore[arg-type]
    for visit in run.dataset.visits(run.split, planet_id):
        try:
            fgs1, airs, transit = (dict(each) for each in read_features(run.workspace, visit, version, KINDS).arrays.values())
        except InputDataError as error:
            set_aside[f"visit {visit.visit}"] = str(error)
            continue
        visits.append(VisitView(visit=visit.visit, fgs1=fgs1, airs=airs, transit=transit, star=star))
    outcome, place = run.manifest["planets"][planet_id], run.planet_ids.index(planet_id)
    return PlanetFacts(
        planet_id=planet_id,
        status=str(outcome["status"]),
        quality=str(outcome.get("quality", "")),
        reason=str(outcome.get("reason", "")),
        visits=tuple(visit_facts(view) for view in visits),
        set_aside=set_aside,
        mu=run.mu[place],
        sigma=run.sigma[place],
        truth=None if run.truth is None else run.truth[place],
        contrasts=contrasts_of(visits),
        movers=movers_of(explanations.of(planet_id), explanations.players),
    )


def facts_of_view(view: PlanetView, explanations: Explanations | None) -> PlanetFacts:
    """Return the facts of a planet as its page shows it; where nothing was submitted its status is what prediction would give it now."""
    whole = not view.set_aside and not view.missing
    expected = PlanetStatus.FALLBACK if not view.visits else PlanetStatus.COMPLETE if whole else PlanetStatus.DEGRADED
    outcome = {"status": expected} if view.submitted is None else view.submitted.outcome
    return PlanetFacts(
        planet_id=view.planet_id,
        status=str(outcome.get("status", "")),
        quality=str(outcome.get("quality", "")),
        reason=str(outcome.get("reason", "")),
        visits=tuple(visit_facts(visit) for visit in view.visits),
        set_aside=view.set_aside,
        mu=view.mu,
        sigma=view.sigma,
        truth=view.truth,
        contrasts=contrasts_of(view.visits),
        movers=() if explanations is None else movers_of(explanations.of(view.planet_id), explanations.players),
    )

"""Why the spectra were predicted as they were: contributions of groups of inputs, and a summary of every explained planet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spectramind.diagnostics.explanation.explain import stored_explanations
from spectramind.diagnostics.explanation.gather import facts_of_run
from spectramind.diagnostics.explanation.store import COMMAND, Explanations, store_path
from spectramind.diagnostics.explanation.summary import summarise
from spectramind.diagnostics.figures.explanation import GOOD, contributions, importance_map
from spectramind.diagnostics.figures.style import PPM
from spectramind.diagnostics.run_data import RunData
from spectramind.diagnostics.section import Panel, Section
from spectramind.diagnostics.violations import violation_maps

NAME, TITLE = "explanations", "Explanations"
LEAD = "What each group of inputs added to the predicted depths, bin by bin, against other planets of the run (Shapley values)."
SUMMARIES_GOOD = "Good: what stands out in the data is what moved the prediction, and no planet is trusted less than its error deserves."


def section(run: RunData) -> Section:
    """Return what was explained of this prediction."""
    made = stored_explanations(run)
    if made is None:
        reason = f"This prediction has not been explained, or it, its model or its features changed since; it is made with: {COMMAND}"
        return Section(name=NAME, title=TITLE, lead=LEAD, absent=reason)
    panels = [_importance(run, made), *(_contributions(run, made, planet_id) for planet_id in _first_of_each(made)), _summaries(run, made)]
    return Section(name=NAME, title=TITLE, lead=f"{LEAD} {_how(made)}", panels=tuple(panels))


def _how(made: Explanations) -> str:
    """Say of what the values are, and how sure."""
    if made.exact:
        sure = "The values are exact: every coalition was evaluated."
    else:
        median, worst = (float(function(made.standard_error)) * PPM for function in (np.median, np.max))
        sure = f"The values are from sampled permutations; standard errors have a median of {median:.2g} ppm and reach {worst:.2g} ppm."
    aside = f" Planets that could not be read or explained: {len(made.set_aside)}." if made.set_aside else ""
    return f"Model: {made.model_kind}; planets: {len(made.planet_ids)}, in the background {len(made.background)}. {sure}{aside}"


def _importance(run: RunData, made: Explanations) -> Panel:
    return Panel(
        name="explanations-importance",
        title="What matters where",
        good=GOOD["importance"],
        figure=importance_map(made.values, made.players, made.wavelength_um, violation_maps(made.mu, made.wavelength_um, run.config)),
        sources=(store_path(run.workspace),),
        wide=True,
    )


def _contributions(run: RunData, made: Explanations, planet_id: str) -> Panel:
    place = made.planet_ids.index(planet_id)
    return Panel(
        name=f"explanations-{made.chosen[place]}",
        title=f"Planet {planet_id} ({made.chosen[place]})",
        good=GOOD["contributions"],
        figure=contributions(
            made.values[place],
            made.base[place],
            made.players,
            made.wavelength_um,
            title=f"Contributions to the prediction of planet {planet_id}",
            standard_error=made.standard_error[place],
        ),
        sources=(store_path(run.workspace),),
        wide=True,
    )


def _summaries(run: RunData, made: Explanations) -> Panel:
    rows = []
    for planet_id, why in zip(made.planet_ids, made.chosen, strict=True):
        words = {paragraph.heading: paragraph.text for paragraph in summarise(facts_of_run(run, planet_id, made))}
        rows.append(
            {"planet": planet_id, "chosen as": why}
            | {name: words.get(name, "") for name in ("Depth", "Spectrum", "Fit", "Inputs", "Trust")}
        )
    return Panel(
        name="explanations-summaries",
        title="In plain language",
        good=SUMMARIES_GOOD,
        rows=rows,
        sources=(store_path(run.workspace), run.submission),
        wide=True,
    )


def _first_of_each(made: Explanations) -> Sequence[str]:
    """Return the first planet of every reason to be chosen: worst, best, random."""
    return [made.planet_ids[made.chosen.index(why)] for why in dict.fromkeys(made.chosen)]

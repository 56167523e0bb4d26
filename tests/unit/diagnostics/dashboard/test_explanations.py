"""The section of the explanations: absent with the command that makes it, else panels with their sentences and sources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_dashboard import TinyRun

from spectramind.diagnostics.dashboard.explanations import section
from spectramind.diagnostics.explanation.explain import provenance_of
from spectramind.diagnostics.explanation.store import Explanations, store_path, write_explanations
from spectramind.diagnostics.run_data import RunData

PLAYERS = ("AIRS white depth", "FGS1 depth", "bins outside the windows")


def store(run: RunData, *, sampled: bool = False) -> Path:
    """Store made-up explanations of all planets but the third."""
    ids = (run.planet_ids[0], run.planet_ids[1], run.planet_ids[3])
    values = np.random.default_rng(0).normal(0.0, 1e-4, (3, len(PLAYERS), run.wavelength_um.size))
    made = Explanations(
        planet_ids=ids,
        chosen=("worst", "best", "random"),
        players=PLAYERS,
        wavelength_um=run.wavelength_um,
        base=np.full((3, run.wavelength_um.size), 0.01),
        values=values,
        standard_error=np.full_like(values, 3e-6 if sampled else 0.0),
        set_aside={run.planet_ids[2]: "lost"},
        model_kind="physics",
        background=ids,
    )
    path = store_path(run.workspace)
    write_explanations(path, made, provenance_of(run))
    return path


def test_what_was_not_made_names_its_command(run: TinyRun) -> None:
    made = section(run.load())
    assert made.panels == ()
    assert "spectramind diagnose explain" in made.absent


def test_explanations_of_another_submission_are_not_shown(run: TinyRun) -> None:
    loaded = run.load()
    store(loaded)
    assert section(loaded).absent == ""
    other = replace(loaded, manifest={**loaded.manifest, "submission": {"sha256": "0" * 64}})
    assert section(other).absent


def test_the_panels_are_there_with_their_sources(run: TinyRun) -> None:
    loaded = run.load()
    path = store(loaded)
    made = section(loaded)
    assert [panel.name for panel in made.panels] == [
        "explanations-importance",
        *(f"explanations-{why}" for why in ("worst", "best", "random")),
        "explanations-summaries",
    ]
    assert all(panel.good.startswith("Good: ") and path in panel.sources for panel in made.panels)
    assert loaded.planet_ids[0] in made.panels[1].title
    assert "exact" in made.lead
    assert "Planets that could not be read or explained: 1" in made.lead
    labels = [trace.y[0] for trace in made.panels[0].figure.data]  # type: ignore[union-attr]
    assert any(str(label).startswith("smoothness") for label in labels)


def test_every_explained_planet_has_its_summary(run: TinyRun) -> None:
    loaded = run.load()
    store(loaded)
    rows = section(loaded).panels[-1].rows
    assert [row["planet"] for row in rows] == [loaded.planet_ids[place] for place in (0, 1, 3)]
    assert all("AIRS white depth" in str(row["Inputs"]) for row in rows)
    assert all(row["Trust"] for row in rows)


@pytest.mark.parametrize("sampled", [True, False])
def test_sampling_is_admitted_with_its_error(run: TinyRun, sampled: bool) -> None:
    loaded = run.load()
    store(loaded, sampled=sampled)
    assert ("reach 3 ppm" in section(loaded).lead) == sampled

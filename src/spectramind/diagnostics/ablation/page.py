"""The page of `ablate`: scores of all seeds, what each change is worth, and how honest the uncertainties are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from spectramind.diagnostics.ablation.table import Row, extent, percent
from spectramind.diagnostics.figures import ablation as figures
from spectramind.diagnostics.report_page import render_report
from spectramind.diagnostics.section import Panel, Section
from spectramind.training.variants import BASE, PHYSICS


def render_html(rows: Sequence[Row], lead: Sequence[str], failed: Mapping[str, str], *, source: Path, config_sha256: str) -> str:
    """Return the page.

    Args:
        rows: Best first; base and physics are among them.
        lead: Paragraphs below the heading.
        failed: Variant -> why it could not be trained.
        source: results.jsonl.
        config_sha256: Hash of the configuration of the call.
    """
    changed = [row for row in rows if row.name not in (BASE, PHYSICS)]
    return render_report(
        "Ablation",
        [score_section(rows), worth_section(rows), honesty_section(rows), failed_section(failed)],
        lead=lead,
        verdict=verdict(changed),
        look=bool(failed) or any(row.effect == "helps" for row in changed),
        config_sha256=config_sha256,
        sources=(source,),
    )


def verdict(changed: Sequence[Row]) -> str:
    """Return in a sentence how many changes of the network do what."""
    if any(len(row.to_base.values) < 2 for row in changed):
        return "One seed cannot tell what a change is worth: raise train.ablation_seeds."
    effects = Counter(row.effect for row in changed)
    told = f"helpful {effects['helps']}, harmful {effects['harms']}, no difference beyond the spread {effects['none']}"
    return f"Of {len(changed)} changes to the network shown here: {told}."


def score_section(rows: Sequence[Row]) -> Section:
    """Return the scores, seed by seed."""
    columns = ("rank", "variant", "score", "min to max", "to base", "to physics", "seconds")
    cells = [
        (row.rank, row.name, str(row.score), extent(row), row.to_base.signed, row.to_physics.signed, f"{row.seconds:.1f}") for row in rows
    ]
    panels = (
        Panel(
            name="seed-scores",
            title="Score of every seed",
            good="Good: seeds of a variant lie close together, and the base, dashed, is among the best. Triangles scored less than shown.",
            figure=figures.seed_scores({row.name: row.score.values for row in rows}, base=BASE, shown=(PHYSICS,)),
            wide=True,
        ),
        Panel(
            name="scores-table",
            title="Scores",
            good="Mean ± standard deviation over seeds; rank among all variants, also those left out here.",
            rows=[dict(zip(columns, row, strict=True)) for row in cells],
            wide=True,
        ),
    )
    return Section(name="scores", title="Scores", lead="How well each variant predicts planets it has not seen.", panels=panels)


def worth_section(rows: Sequence[Row]) -> Section:
    """Return what each change is worth against the base."""
    changed = [row for row in rows if row.effect]
    panels = (
        Panel(
            name="worth-figure",
            title="What each change is worth",
            good="Good: taking a part away harms. A change whose bar of two standard deviations crosses zero shows no difference.",
            figure=figures.worth(
                {row.name: (row.to_base.mean, row.to_base.deviation) for row in changed}, {row.name: row.effect for row in changed}
            ),
            wide=True,
        ),
        Panel(
            name="worth-table",
            title="Questions and answers",
            good="Good: every part of the network has a reason to be there. The last column tries the change.",
            rows=[{"variant": row.name, "question": row.question, "answer": row.verdict, "try it with": row.overrides} for row in rows],
            wide=True,
        ),
    )
    return Section(name="worth", title="What each change is worth", lead="Differences of score, seed by seed.", panels=panels)


def honesty_section(rows: Sequence[Row]) -> Section:
    """Return likelihoods, coverage and violations of all variants."""
    table = [
        {"variant": row.name, "log-likelihood": f"{row.gll:.3f}", "std of z": f"{row.z_std:.3f}"}
        | {f"in {share} %": percent(value) for share, value in row.coverage.items()}
        | {f"violates {name}": percent(value) for name, value in row.violations.items()}
        for row in rows
    ]
    good = "Good: std of z near 1, shares inside near what their columns promise, and no law broken."
    lead = (
        "Log-likelihood in nat, bins weighted as in the metric. z = (true − predicted) / σ. A planet violates a term where any of its "
        "bins exceeds the term's tolerance."
    )
    panel = Panel(name="honesty-table", title="Uncertainties and laws", good=good, rows=table, wide=True)
    return Section(name="honesty", title="Honesty of the uncertainties, and laws broken", lead=lead, panels=(panel,))


def failed_section(failed: Mapping[str, str]) -> Section:
    """Return the variants that could not be trained."""
    rows = [{"variant": name, "reason": reason} for name, reason in failed.items()]
    good = "Good: nothing stands here. Mend the cause and run the command again: what was measured is not measured again."
    panels = (Panel(name="failed-table", title="Not trained", good=good, rows=rows, wide=True),) if rows else ()
    lead = "Variants without a result, with the reason."
    return Section(name="failed", title="Not trained", lead=lead, panels=panels, absent="" if rows else "All were trained.")

"""`ablate`'s report: one table as CSV, as Markdown, and as a self-contained HTML page that asks the network for nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spectramind.diagnostics.ablation.page import render_html
from spectramind.diagnostics.ablation.table import Row, extent, percent, table
from spectramind.training.results import RESULTS_NAME, Ablation, ablation_folder
from spectramind.utils.artifacts import write_text
from spectramind.utils.runs import Workspace

SPREAD = (
    "Scores are the official metric, not clipped, of labelled planets, each predicted by the member that was not trained on it. "
    "± is the standard deviation over seeds; differences are taken seed by seed, and one counts only where its mean is larger "
    "than twice its ±. Other planets would add a spread of their own."
)


@dataclass(frozen=True, kw_only=True)
class AblationReport:
    """Files written, and what they say."""

    csv: str
    markdown: str
    html: str
    scores: dict[str, float]
    verdicts: dict[str, str]
    failed: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return dict(vars(self))


def write_ablation_report(workspace: Workspace, ablation: Ablation, *, top_n: int, config_sha256: str) -> AblationReport:
    """Write outputs/ablation/ablation.csv, .md and .html with the best variants, and with base and physics in any case."""
    rows, folder = table(ablation, top_n), ablation_folder(workspace)
    seeds = max(len(row.results) for row in ablation.rows)
    planets = ablation.rows[0].results[0].planets
    summary = f"{len(rows)} of {len(ablation.rows)} variants, {seeds} seed(s), {planets} planets."
    texts = {
        "csv": render_csv(rows),
        "md": render_markdown(rows, summary, ablation.failed),
        "html": render_html(rows, (summary, SPREAD), ablation.failed, source=folder / RESULTS_NAME, config_sha256=config_sha256),
    }
    paths = {suffix: folder / f"ablation.{suffix}" for suffix in texts}
    for suffix, text in texts.items():
        write_text(paths[suffix], text)
    return AblationReport(
        csv=str(paths["csv"]),
        markdown=str(paths["md"]),
        html=str(paths["html"]),
        scores={row.name: row.score.mean for row in rows},
        verdicts={row.name: row.verdict for row in rows},
        failed=ablation.failed,
    )


def render_csv(rows: Sequence[Row]) -> str:
    """Return one line per variant, shares as fractions."""
    lines = [
        {
            **{"rank": row.rank, "variant": row.name, "overrides": row.overrides, "seeds": len(row.score.values)},
            **{"score_mean": row.score.mean, "score_std": row.score.deviation},
            **{"score_min": min(row.score.values), "score_max": max(row.score.values)},
            **{"to_base_mean": row.to_base.mean, "to_base_std": row.to_base.deviation},
            **{"to_physics_mean": row.to_physics.mean, "to_physics_std": row.to_physics.deviation},
            **{"gll": row.gll, "z_std": row.z_std},
            **{f"coverage_{share}": value for share, value in row.coverage.items()},
            **{f"violates_{name}": value for name, value in row.violations.items()},
            **{"seconds": row.seconds, "effect": row.effect},
        }
        for row in rows
    ]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: f"{value:.6g}" if isinstance(value, float) else value for name, value in line.items()} for line in lines)
    return stream.getvalue()


def render_markdown(rows: Sequence[Row], summary: str, failed: dict[str, str]) -> str:
    """Return the page as Markdown."""
    shares, terms = list(rows[0].coverage), list(rows[0].violations)
    heads = ["rank", "variant", "score", "min to max", "to base", "to physics", "log-likelihood", "std of z"]
    heads += [f"in {share} %" for share in shares] + [f"violates {name}" for name in terms] + ["seconds"]
    lines = ["# Ablation", "", summary, "", SPREAD, "", _line(heads), _line(["---"] * len(heads))]
    for row in rows:
        cells = [str(row.rank), row.name, str(row.score), extent(row), row.to_base.signed, row.to_physics.signed]
        cells += [f"{row.gll:.3f}", f"{row.z_std:.3f}"] + [percent(row.coverage[share]) for share in shares]
        lines.append(_line([*cells, *(percent(row.violations[name]) for name in terms), f"{row.seconds:.1f}"]))
    lines += ["", "## What each change is worth", ""]
    lines += [f"* **{row.name}**{f' (`{row.overrides}`)' if row.overrides else ''}: {row.question} {row.verdict}" for row in rows]
    if failed:
        lines += ["", "## Not trained", "", *(f"* **{name}**: {' '.join(reason.split())}" for name, reason in failed.items())]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"

"""What is known of a planet in plain language, by rules: every sentence stands for a number and can be checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spectramind.diagnostics.explanation.facts import PlanetFacts, VisitFacts
from spectramind.diagnostics.figures.style import PPM

STANDS_OUT_SIGMA, HINT_SIGMA = 5.0, 3.0
MOVERS_NAMED = 3
# Part of the largest shape contribution below which a player is not worth a word.
LEAST_SHARE = 0.1
# What is smaller is shown as 0 ppm.
SMALLEST_SHAPE = 0.5 / PPM
LARGEST_RMS_Z = 1.5
DOUBTS_NAMED = 3
FAINT_SIGNAL_TO_NOISE = 20.0


@dataclass(frozen=True)
class Paragraph:
    """A heading of one or two words, and sentences."""

    heading: str
    text: str


def summarise(facts: PlanetFacts) -> tuple[Paragraph, ...]:
    """Return depth, spectrum, fit, inputs and trust, in this order."""
    paragraphs = (
        Paragraph("Depth", _depth(facts)),
        Paragraph("Spectrum", _spectrum(facts)),
        Paragraph("Fit", _fit(facts)),
        Paragraph("Inputs", _inputs(facts)),
        Paragraph("Trust", _trust(facts)),
    )
    return tuple(paragraph for paragraph in paragraphs if paragraph.text)


def plain_text(paragraphs: Sequence[Paragraph]) -> str:
    """Return a summary as one text, a line a paragraph."""
    return "\n".join(f"{paragraph.heading}: {paragraph.text}" for paragraph in paragraphs)


def _depth(facts: PlanetFacts) -> str:
    mu, sigma = facts.mu * PPM, facts.sigma * PPM
    if not _measured(facts):
        return f"No depth was measured. The prediction is the mean of all planets, {mu[1:].mean():,.0f} ppm, with their scatter."
    radius = float(np.sqrt(facts.mu[1:].mean()))
    text = f"The planet covers {mu[1:].mean() / 1e4:.3f} % of its star in AIRS ({mu[1:].mean():,.0f} ppm, a radius of {radius:.3f} stars)"
    text += (
        f" and {mu[0] / 1e4:.3f} % in FGS1; the typical uncertainty is {np.median(sigma[1:]):.0f} ppm a bin, {sigma[0]:.0f} ppm in FGS1."
    )
    if facts.visits:
        best = max(visit.signal_to_noise for visit in facts.visits)
        count = "one visit" if len(facts.visits) == 1 else f"the best of {len(facts.visits)} visits"
        text += f" In {count} the transit stands {best:.0f} times above the noise."
    return text


def _spectrum(facts: PlanetFacts) -> str:
    if not facts.contrasts:
        return ""
    strong = [each for each in facts.contrasts if each.significance >= STANDS_OUT_SIGMA]
    weak = [each for each in facts.contrasts if HINT_SIGMA <= each.significance < STANDS_OUT_SIGMA]
    inverted = [each for each in facts.contrasts if each.significance <= -HINT_SIGMA]
    words = [
        (strong, "stands out", "stand out"),
        (weak, "is hinted at", "are hinted at"),
        (inverted, "is shallower than", "are shallower than"),
    ]
    sentences = []
    for found, one, many in words:
        if found:
            windows = _list(
                [f"{each.molecule} ({each.depth * PPM:+.0f} ± {each.sigma * PPM:.0f} ppm, {each.significance:+.1f}σ)" for each in found]
            )
            rest = " its surroundings, which no absorption explains" if found is inverted else ""
            rest = rest.replace("its", "their") if len(found) > 1 else rest
            noun = "window" if len(found) == 1 else "windows"
            sentences.append(f"The {noun} of {windows} {one if len(found) == 1 else many}{rest}.")
    if not sentences:
        return (
            f"No window of {_list([each.molecule for each in facts.contrasts], 'or')} stands out from a straight line by {HINT_SIGMA:.0f}σ."
        )
    if strong or weak:
        sentences.append("A window tells where absorption is, not which molecule absorbs.")
    return " ".join(sentences)


def _fit(facts: PlanetFacts) -> str:
    sentences = [_fit_of(visit) for visit in facts.visits]
    sentences += [
        f"{where[0].upper()}{where[1:]} was set aside: {reason.rstrip('.')}." for where, reason in facts.set_aside.items() if where
    ]
    return " ".join(sentences)


def _fit_of(visit: VisitFacts) -> str:
    (fgs1, airs), (fgs1_ppm, airs_ppm) = visit.drift_order, (part * PPM for part in visit.drift)
    episodes = {0: "no sample far off", 1: "one episode far off"}.get(visit.episodes, f"{visit.episodes} episodes far off")
    drifts = f"of order {fgs1} in FGS1 ({fgs1_ppm:,.0f} ppm) and {airs} in AIRS ({airs_ppm:,.0f} ppm)"
    end = "came to a standstill" if visit.converged else "did not come to a standstill"
    return f"Visit {visit.visit}: the drift is {drifts}, {episodes}; the fit {end}."


def _inputs(facts: PlanetFacts) -> str:
    if not facts.movers:
        return ""
    level = max(facts.movers, key=lambda mover: abs(mover.level))
    text = f"The level owes most to the {level.name}: {level.level * PPM:+,.0f} ppm from what is predicted without the planet's own data."
    ranked = sorted(facts.movers, key=lambda mover: mover.shape, reverse=True)
    named = [mover for mover in ranked[:MOVERS_NAMED] if mover.shape >= LEAST_SHARE * ranked[0].shape and mover.shape >= SMALLEST_SHAPE]
    if named:
        text += f" The shape owes most to {_list([f'the {mover.name} ({mover.shape * PPM:.0f} ppm rms)' for mover in named])}."
    return text


def _trust(facts: PlanetFacts) -> str:
    reason = f" ({facts.reason.rstrip('.')})" if facts.reason else ""
    if not _measured(facts):
        return f"None: nothing of this planet entered the prediction{reason}."
    doubts = [f"visit {visit.visit}: {doubt}" for visit in facts.visits for doubt in visit.doubts]
    faint = bool(facts.visits) and max(visit.signal_to_noise for visit in facts.visits) < FAINT_SIGNAL_TO_NOISE
    if not facts.visits:
        text = f"Unknown: the light curves behind the prediction are not there to be checked{reason}."
    elif facts.status == "DEGRADED":
        text = f"Limited: only a part of the data could be used, or not fully{reason}."
    elif faint:
        text = "Limited: the transit is faint."
    elif doubts:
        text = "Fair: the planet was measured from all its data, but not every check of the fit was passed."
    elif _rms_z(facts) > LARGEST_RMS_Z:
        text = "Doubtful: every check of the fit was passed, yet the truth is further off than it should be."
    else:
        text = "Good: the planet was measured from all its data, and every check of the fit was passed."
    if doubts:
        more = f" and {len(doubts) - DOUBTS_NAMED} more" if len(doubts) > DOUBTS_NAMED else ""
        text += f" To look at: {'; '.join(doubts[:DOUBTS_NAMED])}{more}."
    if facts.quality:
        text += f" Its light curves are of class {facts.quality}."
    return text + _against_truth(facts)


def _against_truth(facts: PlanetFacts) -> str:
    rms_z = _rms_z(facts)
    if facts.truth is None or not np.isfinite(rms_z):
        return ""
    error_ppm = float(np.sqrt(np.mean((facts.mu - facts.truth) ** 2))) * PPM
    verdict = "as large as its uncertainty allows" if rms_z <= LARGEST_RMS_Z else "larger than its uncertainty says"
    return f" Against the truth the error is {error_ppm:.0f} ppm rms, {rms_z:.1f}σ: {verdict}."


def _rms_z(facts: PlanetFacts) -> float:
    """Return the rms error in standard deviations, NaN where the truth is not known in every bin."""
    return float("nan") if facts.truth is None else float(np.sqrt(np.mean(((facts.mu - facts.truth) / facts.sigma) ** 2)))


def _measured(facts: PlanetFacts) -> bool:
    """Say whether the prediction rests on the planet's data; light curves that are gone now were there then."""
    return facts.status != "FALLBACK"


def _list(words: Sequence[str], last: str = "and") -> str:
    """Return words as in "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"

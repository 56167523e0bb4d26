"""The steps of the detector calibration, from the docstrings that stand on them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from docs.generate.markdown import cell

from spectramind.data.detector.chain import image_chain, pixel_chain
from spectramind.data.detector.photometry import AperturePhotometry
from spectramind.data.detector.spectral_extraction import OptimalExtraction
from spectramind.data.sensors import Sensor
from spectramind.utils.config import load_config

WORDS = {"Flags": "Quality bits", "Assumes": "Assumes", "Raises": "Errors"}


def steps_markdown() -> str:
    """Return a chapter a step, in the order of the chain."""
    detector = load_config().data.detector
    chain = (*pixel_chain(detector), *image_chain(detector, Sensor.FGS1, (1, 1)))
    kinds = [*map(type, chain), AperturePhotometry, OptimalExtraction]
    return "\n".join(line for number, kind in enumerate(kinds, start=1) for line in _chapter(number, kind))


def _chapter(number: int, kind: type) -> Iterator[str]:
    summary, parts = _parts(inspect.getdoc(kind) or "")
    yield from (f"### {number}. {_words(kind.__name__)}", "", summary, "", "```text", parts["Equation"], "```", "")
    for label, word in WORDS.items():
        if label in parts:
            yield f"* {word}: {cell(parts[label])}"
    yield ""


def _words(name: str) -> str:
    return " ".join(re.findall("[A-Z][a-z0-9]*", name)).capitalize()


def _parts(docstring: str) -> tuple[str, dict[str, str]]:
    """Return the summary and label -> text of a step's docstring; what a label begins on its line goes on indented."""
    summary, _, rest = docstring.partition("\n\n")
    parts: dict[str, list[str]] = {}
    for line in rest.splitlines():
        labelled = re.match(r"([A-Z][a-z]+):\s+(.*)", line)
        if labelled:
            parts[labelled[1]] = [labelled[2]]
        elif line.strip() and parts:
            list(parts.values())[-1].append(line.strip())
    return summary, {label: "\n".join(lines) for label, lines in parts.items()}

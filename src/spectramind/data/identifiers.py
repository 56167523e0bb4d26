"""Planet and visit identifiers. Nothing that fails the pattern ever touches a path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from spectramind.utils.errors import InputDataError

Split = Literal["train", "test"]

_WRITTEN_ID = re.compile(r"^([0-9]{1,20})(?:\.0+)?$")


def parse_planet_id(written: object, *, where: str) -> str:
    """Return the canonical decimal id of a planet; ids written as floats (`1103775.0`) are understood.

    Raises:
        InputDataError: If the text is anything but 1 to 20 decimal digits.
    """
    match = _WRITTEN_ID.match(str(written).strip())
    if match is None:
        raise InputDataError(
            "a planet id is not a plain decimal number",
            where=where,
            received=repr(written),
            hint="mend planet_id in that row",
            section="4.1",
        )
    return str(int(match.group(1)))


@dataclass(frozen=True, order=True)
class VisitId:
    """One visit of one planet."""

    split: Split
    planet_id: str
    visit: int

    @property
    def name(self) -> str:
        """Stem of product file names."""
        return f"planet_{self.planet_id}_{self.visit}"

    @property
    def key(self) -> str:
        """Name in stage manifests: train and test may share a planet."""
        return f"{self.split}/{self.name}"

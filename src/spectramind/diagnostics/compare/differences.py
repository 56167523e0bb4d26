"""What differs between two submissions: what made them, spectra, uncertainties, statuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.compare.load import Side
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]

PPM = 1e6
_AREAS = {
    "git_sha": "code",
    "config_hash": "configuration",
    "toolchain": "versions",
    "data_fingerprint": "data",
    "calibration": "calibration of the detector",
    "model": "model",
    "uncertainty": "calibration of the uncertainty",
}
# These follow from the spectra themselves.
_RESULTS = ("uncertainty.intervals.sha256",)


@dataclass(frozen=True, kw_only=True)
class Spectra:
    """Spectra of the planets that both sides hold.

    Attributes:
        planet_ids: Planets in the order of A.
        only_a, only_b: Planets that one side alone holds.
        mu_a, mu_b, sigma_a, sigma_b: (planet, bin), FGS1 first.
    """

    planet_ids: tuple[str, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    mu_a: Array
    mu_b: Array
    sigma_a: Array
    sigma_b: Array

    @property
    def sigma(self) -> Array:
        """(planet, bin) combined standard deviation, the root of the sum of squares."""
        return np.asarray(np.hypot(self.sigma_a, self.sigma_b))

    @property
    def z(self) -> Array:
        """(planet, bin) difference B minus A in combined sigma."""
        return np.asarray((self.mu_b - self.mu_a) / self.sigma)

    @property
    def rms_z(self) -> Array:
        """(planet,) root mean square of z over bins."""
        return np.asarray(np.sqrt(np.mean(self.z**2, axis=1)))

    @property
    def sigma_ratio(self) -> Array:
        """(planet, bin) sigma of B over sigma of A."""
        return np.asarray(self.sigma_b / self.sigma_a)


def match(a: Side, b: Side) -> Spectra:
    """Put the common planets of both sides into one order.

    Raises:
        InputDataError: They have no planet in common, another number of bins, or a sigma that is not positive.
    """
    place_a, place_b = ({planet_id: row for row, planet_id in enumerate(side.table.planet_ids)} for side in (a, b))
    common = tuple(planet_id for planet_id in place_a if planet_id in place_b)
    where = f"{a.submission}, {b.submission}"
    if not common:
        raise InputDataError("The submissions have no planet in common.", where=where, hint="Compare predictions of the same split.")
    if a.table.mu.shape[1] != b.table.mu.shape[1]:
        received = f"{a.table.mu.shape[1]} and {b.table.mu.shape[1]} bins"
        raise InputDataError("The submissions have other bins.", where=where, received=received)
    rows_a, rows_b = [place_a[planet_id] for planet_id in common], [place_b[planet_id] for planet_id in common]
    if not (a.table.sigma[rows_a] > 0.0).all() or not (b.table.sigma[rows_b] > 0.0).all():
        raise InputDataError("A sigma is not positive.", where=where, hint="Predict again: spectramind predict --out-csv PATH")
    return Spectra(
        planet_ids=common,
        only_a=tuple(planet_id for planet_id in place_a if planet_id not in place_b),
        only_b=tuple(planet_id for planet_id in place_b if planet_id not in place_a),
        mu_a=a.table.mu[rows_a],
        mu_b=b.table.mu[rows_b],
        sigma_a=a.table.sigma[rows_a],
        sigma_b=b.table.sigma[rows_b],
    )


def differences(a: Side, b: Side) -> list[dict[str, object]]:
    """Return what differs in what made the sides, as rows (area, key, A, B); configurations key by key where both were kept."""
    rows: list[dict[str, object]] = []
    if a.manifest and b.manifest:
        for name, area in _AREAS.items():
            rows += _rows(area, {name: a.manifest.get(name)}, {name: b.manifest.get(name)})
    if a.config and b.config:
        rows += _rows("configuration", a.config, b.config)
    return rows


def changed_statuses(a: Side, b: Side) -> list[dict[str, object]]:
    """Return the planets whose status or its reason differs, as rows (planet, A, B)."""
    first, second = (side.manifest.get("planets", {}) for side in (a, b))
    return [
        {"planet": planet_id, "A": _status(first[planet_id]), "B": _status(second[planet_id])}
        for planet_id in first
        if planet_id in second and _status(first[planet_id]) != _status(second[planet_id])
    ]


def _status(outcome: Mapping[str, str]) -> str:
    return ": ".join(part for part in (outcome["status"], outcome.get("reason", "")) if part)


def _rows(area: str, first: Mapping[str, Any], second: Mapping[str, Any]) -> list[dict[str, object]]:
    left, right = dict(_leaves(first)), dict(_leaves(second))
    keys = list(dict.fromkeys([*left, *right]))
    return [
        {"area": area, "key": key, "A": _text(left.get(key)), "B": _text(right.get(key))}
        for key in keys
        if left.get(key) != right.get(key) and key not in _RESULTS
    ]


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _text(value: object) -> str:
    return "not there" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)

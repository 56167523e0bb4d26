"""What every symbolic term is given and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Spectra:
    """Predicted spectra in at least single precision; invalid bins are 0 and carry no gradient.

    Attributes:
        mu: (planet, bin) transit depths, FGS1 first.
        quantiles: (3, planet, bin) 10, 50 and 90 % quantiles, None where the network has none.
        valid: (planet, bin) bool.
    """

    mu: Tensor
    quantiles: Tensor | None
    valid: Tensor

    @classmethod
    def of(cls, mu: Tensor, quantiles: Tensor | None, valid: Tensor | None, bins: int) -> Spectra:
        """Check the shapes, leave half precision, and blank invalid bins.

        Raises:
            ValueError: A shape differs from the documented one.
        """
        valid = torch.ones_like(mu, dtype=torch.bool) if valid is None else valid.bool()
        if mu.ndim != 2 or mu.shape[1] != bins or valid.shape != mu.shape:
            raise ValueError(f"mu and valid must have the shape (planet, {bins}), not {tuple(mu.shape)} and {tuple(valid.shape)}")
        if quantiles is not None and quantiles.shape != (3, *mu.shape):
            raise ValueError(f"quantiles must have the shape (3, {mu.shape[0]}, {bins}), not {tuple(quantiles.shape)}")
        return cls(mu=_blanked(mu, valid), quantiles=None if quantiles is None else _blanked(quantiles, valid), valid=valid)


def _blanked(values: Tensor, valid: Tensor) -> Tensor:
    # A depth of 1e-2 has no digit left for differences of 1e-5 in bfloat16.
    values = values.to(torch.promote_types(values.dtype, torch.float32))
    return torch.where(valid, values, torch.zeros_like(values))


class Term(Protocol):
    """A constraint: by how much spectra miss it at every place, and the power with which that counts.

    The loss of a planet is the sum of excess ** power over all places.

    Attributes:
        has_bins: Whether the last axis of the excess is the wavelength bin.
        power: 1 or 2.
        tolerance: Excess up to which a planet does not violate the constraint, in the units of the excess.
    """

    has_bins: ClassVar[bool]

    @property
    def power(self) -> int:
        """Power of the excess in the loss."""
        ...

    @property
    def tolerance(self) -> float:
        """Largest excess that is no violation."""
        ...

    def excess(self, spectra: Spectra) -> Tensor:
        """Return (planet, ..., place) excesses, 0 where the constraint is kept."""
        ...


def loss_of(term: Term, excess: Tensor) -> Tensor:
    """Return the (planet,) loss of a term from its excess."""
    return excess.pow(term.power).flatten(1).sum(dim=1)

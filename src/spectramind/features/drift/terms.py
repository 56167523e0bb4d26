"""Derivatives of a gain in the terms of a drift, kept as what they are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class DriftTerms:
    """Derivatives of the gain: every term is a profile in wavelength times a function of time, and many have either in common.

    Sums over bins and times are made for the few profiles and functions; those of the terms are picked from them.

    Attributes:
        profiles: (profile, bin).
        functions: (function, time).
        profile, function: (term,) what a term is made of.
    """

    profiles: Array
    functions: Array
    profile: NDArray[np.int64]
    function: NDArray[np.int64]

    def per_bin(self, values: Array) -> Array:
        """Return (bin, row, term) sums over time of (bin, row, time) values times the terms."""
        return np.asarray((values @ self.functions.T)[:, :, self.function] * self.profiles[self.profile].T[:, None, :])

    def over_bins(self, values: Array) -> Array:
        """Return (row, term) sums over bins and time of (bin, row, time) values times the terms."""
        by_profile = np.tensordot(self.profiles, values, axes=(1, 0)) @ self.functions.T
        return np.asarray(by_profile[self.profile, :, self.function].T)

    def over_bins_at_times(self, values: Array) -> Array:
        """Return (term, time) sums over bins of (bin, time) values times the terms."""
        return np.asarray((self.profiles @ values)[self.profile] * self.functions[self.function])

    def squared(self, weight: Array) -> Array:
        """Return (term, term) sums over bins and time of (bin, time) weights times the products of terms."""
        pairs = self.profiles[:, None, :] * self.profiles[None, :, :]
        in_time = self.functions[:, None, :] * self.functions[None, :, :]
        count, functions = len(self.profiles), len(self.functions)
        moments = (pairs.reshape(count**2, -1) @ weight) @ in_time.reshape(functions**2, -1).T
        moments = moments.reshape(count, count, functions, functions)
        return np.asarray(moments[self.profile[:, None], self.profile, self.function[:, None], self.function])

    def at_times(self, coefficients: Array) -> Array:
        """Return the (bin, time) sum of all terms, each times a coefficient that depends on time, (time, term)."""
        by_term = coefficients.T * self.functions[self.function]
        by_profile = np.stack([by_term[self.profile == profile].sum(axis=0) for profile in range(len(self.profiles))])
        return np.asarray(self.profiles.T @ by_profile)

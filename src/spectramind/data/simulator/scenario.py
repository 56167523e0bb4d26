"""What the simulated sky and detectors are like; the defaults resemble the published data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from spectramind.utils.errors import UsageError

DriftKind = Literal["polynomial", "sinusoid", "random_walk"]
LimbDarkeningLaw = Literal["quadratic", "nonlinear", "square_root"]
SpectraKind = Literal["bands", "gaussian_process", "flat"]
Range = tuple[float, float]

_CHOICES: dict[str, tuple[str, ...]] = {
    "drift_kind": ("polynomial", "sinusoid", "random_walk"),
    "limb_darkening": ("quadratic", "nonlinear", "square_root"),
    "spectra": ("bands", "gaussian_process", "flat"),
    "detectors": ("auto", "good", "bad"),
}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Everything a benchmark may want to turn.

    Attributes:
        noise_scale: Factor on the amplitude of shot and read noise (the stored read map follows).
        jitter_scale: Factor on the pointing jitter.
        drift_scale: Factor on the gain drift, whose rms is 1.4e-4 to 4.8e-4 for AIRS and about 1.4e-4 for FGS1.
        drift_kind: Shape of the drift in time: polynomial; sinusoid; mean-reverting random walk (not a polynomial).
        limb_darkening: The quadratic law; one with a term in sqrt(mu) beside it; or the square-root law as model atmospheres have it.
        spectra: Molecular bands with clouds; a smooth Gaussian process; or flat.
        depth_range: Smallest and largest mean transit depth drawn.
        contrast_ppm_range: Smallest and largest p95 - p5 of a spectrum over AIRS, in ppm.
        detectors: ``auto``: good for training planets, bad for test planets (as in the hidden test).
        second_visit_fraction: Part of the planets seen twice.
        egress_cut_fraction: Part of the visits that end before the transit does, besides those whose long transit does so anyway.
        episode_fraction: Part of the visits with an episode of bad pointing.
        bump_ppm: Height of a flux bump placed on the ingress; 0 is none.
        bump_fraction: Part of the visits that have the bump.
        cosmic_rays_per_sample: Hits per real pixel sample.
    """

    noise_scale: float = 1.0
    jitter_scale: float = 1.0
    drift_scale: float = 1.0
    drift_kind: DriftKind = "polynomial"
    limb_darkening: LimbDarkeningLaw = "quadratic"
    spectra: SpectraKind = "bands"
    depth_range: Range = (0.0037, 0.080)
    contrast_ppm_range: Range = (12.0, 600.0)
    detectors: Literal["auto", "good", "bad"] = "auto"
    second_visit_fraction: float = 0.10
    egress_cut_fraction: float = 0.04
    episode_fraction: float = 0.08
    bump_ppm: float = 0.0
    bump_fraction: float = 1.0
    cosmic_rays_per_sample: float = 1.0e-6

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                received = getattr(self, name)
                raise UsageError("the scenario has no such choice", where=name, received=received, hint=f"one of {', '.join(choices)}")
        for name in ("second_visit_fraction", "egress_cut_fraction", "episode_fraction", "bump_fraction"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise UsageError("a fraction lies between 0 and 1", where=name, received=getattr(self, name))
        for name in ("noise_scale", "jitter_scale", "drift_scale", "cosmic_rays_per_sample"):
            if getattr(self, name) < 0.0:
                raise UsageError("the value must not be negative", where=name, received=getattr(self, name))
        for name in ("depth_range", "contrast_ppm_range"):
            low, high = getattr(self, name)
            if not 0.0 < low <= high:
                raise UsageError("a range is (low, high) with 0 < low <= high", where=name, received=(low, high))

    def as_dict(self) -> dict[str, Any]:
        """Return the scenario as a JSON-ready mapping."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

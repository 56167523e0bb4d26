"""Every configuration key with its type and range. Attributes mirror the YAML of configs/; `global` is `global_` here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spectramind.utils.config.fields import one_of, ranged
from spectramind.utils.config.learning import LossConfig, ModelConfig, TrainConfig


@dataclass(frozen=True, kw_only=True)
class PathsConfig:
    """Folders."""

    root: Path


@dataclass(frozen=True, kw_only=True)
class DetectorConfig:
    """Parameters of the detector kill chain."""

    hot_pixel_sigma: float = ranged(1.0, 100.0)
    hot_pixel_iterations: int = ranged(1, 50)
    minimum_flat: float = ranged(1e-3, 1.0)
    saturation_fraction: float = ranged(0.01, 1.0)
    persistence_reads: int = ranged(0, 1000)
    cosmic_ray_sigma: float = ranged(3.0, 100.0)
    cosmic_ray_window: int = ranged(3, 100_000)
    noise_floor_electron: float = ranged(0.0, 1e6)
    dark_relative_uncertainty: float = ranged(0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class ExtractionConfig:
    """Parameters of the photometry and of the spectral extraction."""

    aperture_radius_px: float = ranged(1.0, 16.0)
    annulus_inner_px: float = ranged(1.0, 32.0)
    annulus_outer_px: float = ranged(1.0, 32.0)
    seam_bins: tuple[int, ...] = ranged(0, 1023)

    def __post_init__(self) -> None:
        if not self.aperture_radius_px <= self.annulus_inner_px < self.annulus_outer_px:
            raise ValueError("aperture_radius_px <= annulus_inner_px < annulus_outer_px must hold")


@dataclass(frozen=True, kw_only=True)
class GatesConfig:
    """Plausible (low, high) ranges; a breach is reported, never hidden."""

    adc_gain: tuple[float, float]
    dark_electron_per_s: tuple[float, float]
    flat: tuple[float, float]
    masked_fraction: tuple[float, float]
    linearity_correction_ppm: tuple[float, float]

    def __post_init__(self) -> None:
        for name, (low, high) in vars(self).items():
            if not low < high:
                raise ValueError(f"{name} must be [low, high] with low < high")


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Raw data and its calibration."""

    raw_dir: Path
    split: str = one_of("all", "train", "test")
    bin_cadence_s: float = ranged(0.1, 36_000.0)
    store_frames: bool
    detector: DetectorConfig
    extraction: ExtractionConfig
    gates: GatesConfig


@dataclass(frozen=True, kw_only=True)
class CalibConfig:
    """Calibration of the uncertainty.

    Attributes:
        objective: What the temperature maximises: the official score or the Gaussian log-likelihood.
        alpha: Intervals are meant to cover 1 - alpha.
        shrink: Shrink the factors of the bins towards the pooled one, as far as planets left out tell.
        keep_temperature: Too few planets or too little time for COREL are no error: sigma stays that of the temperature.
        apply: Whether predictions are calibrated: where a record exists, never, or always, which needs one.
        drift: What follows where the planets to be predicted differ from those of the calibration: a wider sigma, or words alone.
        gate_confidence: One-sided confidence of the binomial tolerance of the coverage gates.
        gate_gll_drop: Largest loss of log-likelihood, in nat, that passes as none.
    """

    objective: str = one_of("score", "gll")
    alpha: float = ranged(1e-4, 0.9)
    shrink: bool
    keep_temperature: bool
    apply: str = one_of("auto", "off", "require")
    drift: str = one_of("widen", "warn")
    gate_confidence: float = ranged(0.5, 0.999999)
    gate_gll_drop: float = ranged(0.0, 10.0)


@dataclass(frozen=True, kw_only=True)
class DiagConfig:
    """Diagnostics.

    Attributes:
        profile_interval_s: Time between samples of processor, memory and disk of a command; 0 takes none.
        profile_keep: Calls whose samples, stages and configurations stay.
    """

    log_top: int = ranged(1, 10_000)
    profile_interval_s: float = ranged(0.0, 3600.0)
    profile_keep: int = ranged(1, 10_000)
    shap_planets: int = ranged(1, 100_000)
    shap_background: int = ranged(1, 1000)
    shap_evaluations: int = ranged(1, 10_000_000)
    language_model: str
    language_model_url: str


@dataclass(frozen=True, kw_only=True)
class GlobalConfig:
    """What concerns every stage."""

    seed: int = ranged(0, 2**32 - 1)
    workers: int = ranged(0, 1024)
    walltime_budget_s: float = ranged(0.0, 1e7)


@dataclass(frozen=True, kw_only=True)
class Config:
    """The whole configuration."""

    paths: PathsConfig
    data: DataConfig
    model: ModelConfig
    train: TrainConfig
    loss: LossConfig
    calib: CalibConfig
    diag: DiagConfig
    global_: GlobalConfig

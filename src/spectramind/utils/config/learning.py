"""Configuration keys of the network, its objective and its training."""

from __future__ import annotations

from dataclasses import dataclass

from spectramind.utils.config.fields import one_of, ranged


@dataclass(frozen=True, kw_only=True)
class FGS1EncoderConfig:
    """State-space model over the light curve."""

    kind: str = one_of("mamba2", "none")
    width: int = ranged(4, 2048)
    layers: int = ranged(1, 32)
    state: int = ranged(1, 512)
    head_width: int = ranged(1, 256)
    chunk: int = ranged(4, 1024)


@dataclass(frozen=True, kw_only=True)
class AIRSEncoderConfig:
    """Graph attention over the wavelength bins."""

    kind: str = one_of("gat", "none")
    width: int = ranged(4, 2048)
    layers: int = ranged(1, 32)
    heads: int = ranged(1, 64)
    neighbours: int = ranged(1, 16)
    window_links: int = ranged(0, 16)

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError("width must be a multiple of heads")


@dataclass(frozen=True, kw_only=True)
class FusionConfig:
    """How the two latents become one."""

    kind: str = one_of("concat", "cross", "gated")
    width: int = ranged(4, 2048)


@dataclass(frozen=True, kw_only=True)
class DecoderConfig:
    """Decoder of mu, from few bins to all."""

    width: int = ranged(4, 2048)
    coarse_bins: int = ranged(1, 512)
    middle_bins: int = ranged(2, 1024)

    def __post_init__(self) -> None:
        if not self.coarse_bins < self.middle_bins:
            raise ValueError("coarse_bins < middle_bins must hold")


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Which model predicts, and of what parts the network is made.

    Attributes:
        baseline: What the network corrects: the posterior of the transit inference, or the mean of all planets.
        sigma_head: Scale of a Gaussian, or three quantiles.
    """

    kind: str = one_of("physics", "network")
    learn_prior: bool
    baseline: str = one_of("physics", "naive")
    fgs1: FGS1EncoderConfig
    airs: AIRSEncoderConfig
    fusion: FusionConfig
    decoder: DecoderConfig
    sigma_head: str = one_of("log_sigma", "quantiles")


@dataclass(frozen=True, kw_only=True)
class SymbolicWeights:
    """Weight of every symbolic term; 0 leaves it out."""

    smoothness: float = ranged(0.0, 1e12)
    nonnegativity: float = ranged(0.0, 1e12)
    coherence: float = ranged(0.0, 1e12)
    seam: float = ranged(0.0, 1e12)
    ratio: float = ranged(0.0, 1e12)
    quantile: float = ranged(0.0, 1e12)


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """Objective.

    Attributes:
        smoothness_in_windows: Weight of the smoothness term inside molecular windows, relative to 1 outside.
        ch4_to_h2o: Lowest and highest ratio of the band areas.
        co2_to_h2o: The same.
    """

    sigma_min: float = ranged(1e-9, 1e-2)
    weights: SymbolicWeights
    squared_nonnegativity: bool
    smoothness_in_windows: float = ranged(0.0, 1.0)
    ch4_to_h2o: tuple[float, float] = ranged(0.0, 1e6)
    co2_to_h2o: tuple[float, float] = ranged(0.0, 1e6)

    def __post_init__(self) -> None:
        for name in ("ch4_to_h2o", "co2_to_h2o"):
            low, high = getattr(self, name)
            if not low < high:
                raise ValueError(f"{name} must be [low, high] with low < high")


@dataclass(frozen=True, kw_only=True)
class PhaseConfig:
    """One phase of the curriculum."""

    epochs: int = ranged(0, 100_000)
    learning_rate: float = ranged(0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class AugmentConfig:
    """Changes of a training planet that physics allows.

    Attributes:
        noise: Largest standard deviation of a re-draw of the physical posterior, in units of itself; drawn evenly up to this.
        depth_scale: Standard deviation of the logarithm of a common factor on all depths and their errors.
        flip: Probability that residuals run backwards in time.
    """

    noise: float = ranged(0.0, 3.0)
    depth_scale: float = ranged(0.0, 1.0)
    flip: float = ranged(0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Training and cross-validation.

    Attributes:
        folds: Parts of GroupKFold by planet.
        members: How many of them are trained, each with the others as training set; all by default.
        warmup: Share of the steps in which the learning rate rises.
        patience: Epochs without a better validation loss after which a phase ends.
        keep: Best checkpoints that are kept.
        mask: Share of the bins that the masked phase hides.
        temperature: Of the contrastive loss.
        amp: Automatic mixed precision in bfloat16.
        ablation_seeds: How often ``ablate`` trains every variant, each time with another seed.
    """

    folds: int = ranged(2, 100)
    members: int = ranged(1, 100)
    batch_size: int = ranged(1, 100_000)
    accumulate: int = ranged(1, 10_000)
    mae: PhaseConfig
    contrastive: PhaseConfig
    supervised: PhaseConfig
    weight_decay: float = ranged(0.0, 10.0)
    warmup: float = ranged(0.0, 1.0)
    clip_norm: float = ranged(1e-6, 1e6)
    patience: int = ranged(1, 100_000)
    keep: int = ranged(1, 1000)
    mask: float = ranged(0.0, 0.95)
    temperature: float = ranged(1e-3, 10.0)
    augment: AugmentConfig
    amp: bool
    anomaly: bool
    profiler: bool
    mlflow: bool
    ablation_seeds: int = ranged(1, 100)

    def __post_init__(self) -> None:
        if self.members > self.folds:
            raise ValueError("members cannot exceed folds")

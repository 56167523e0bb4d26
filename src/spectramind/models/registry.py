"""The parts a network can be made of: closed tables from the names of the configuration to classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from torch import nn

from spectramind.models.fusion import ConcatFusion, CrossFusion, GatedFusion
from spectramind.models.graph import SpectralGraph
from spectramind.models.light_encoder import LightEncoder, NoLight
from spectramind.models.sigma_head import LogSigmaHead, QuantileHead
from spectramind.models.spectrum_encoder import NoSpectrum, SpectrumEncoder
from spectramind.utils.config.learning import AIRSEncoderConfig, FGS1EncoderConfig, ModelConfig

LIGHT_ENCODERS: Mapping[str, Callable[[FGS1EncoderConfig], nn.Module]] = MappingProxyType({"mamba2": LightEncoder, "none": NoLight})
SPECTRUM_ENCODERS: Mapping[str, Callable[[AIRSEncoderConfig, SpectralGraph], nn.Module]] = MappingProxyType(
    {"gat": SpectrumEncoder, "none": NoSpectrum}
)
FUSIONS: Mapping[str, Callable[[ModelConfig], nn.Module]] = MappingProxyType(
    {"concat": ConcatFusion, "cross": CrossFusion, "gated": GatedFusion}
)
SIGMA_HEADS: Mapping[str, Callable[[ModelConfig, float], nn.Module]] = MappingProxyType(
    {"log_sigma": LogSigmaHead, "quantiles": QuantileHead}
)


def registered() -> dict[str, tuple[str, ...]]:
    """Return the names of the parts under the configuration key, below `model`, that chooses among them."""
    return {
        "fgs1.kind": tuple(LIGHT_ENCODERS),
        "airs.kind": tuple(SPECTRUM_ENCODERS),
        "fusion.kind": tuple(FUSIONS),
        "sigma_head": tuple(SIGMA_HEADS),
    }

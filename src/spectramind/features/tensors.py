"""What a visit's features are, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.features.drift.slow_process import Kernel
from spectramind.features.series import VisitSeries
from spectramind.features.transit_fit import TransitFit

Arrays = dict[str, NDArray[Any]]
FFT_BANDS = 4
KERNELS = tuple(Kernel)


def fgs1_white(visit: VisitSeries, fit: TransitFit) -> Arrays:
    """Return FGS1's light curve relative to its level out of transit, with everything known beside it.

    Keys: flux, variance, model, gain (what detrending divides out), residual (time,), time (time,) h, centroid and jitter (time, 2) px,
    in_transit (time,) bool.
    """
    series, scale = visit.fgs1, fit.state.scale[0]
    return {
        "flux": series.flux[0] / scale,
        "variance": series.variance[0] / scale**2,
        "model": fit.model[0][0],
        "gain": fit.gain[0][0],
        "residual": fit.residual[0][0],
        "time": series.time_h,
        "centroid": series.pointing_px[:2].T.copy(),
        "jitter": series.pointing_px[2:].T.copy(),
        "in_transit": fit.in_transit(series.time_h),
    }


def airs_bins(visit: VisitSeries, fit: TransitFit) -> Arrays:
    """Return the light curves of all bins on the AIRS time axis; column 0 is FGS1, interpolated onto it.

    Keys: flux, variance, model, gain (what detrending divides out) (time, bin), time (time,) h, in_transit (time,) bool,
    seam (bin,) bool, fft_power and moments (bin, .) of the residuals in units of their noise.
    """
    scale, time_h = fit.state.scale, visit.airs.time_h

    def columns(fgs1: NDArray[np.float64], airs: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.concatenate([np.interp(time_h, visit.fgs1.time_h, fgs1)[:, None], airs.T], axis=1)

    variance = visit.airs.variance / scale[1:, None] ** 2
    z = fit.residual[1] / np.sqrt(variance)
    z_fgs1 = fit.residual[0][0] / np.sqrt(visit.fgs1.variance[0]) * scale[0]
    residual = np.concatenate([np.interp(time_h, visit.fgs1.time_h, z_fgs1)[None], z])
    return {
        "flux": columns(visit.fgs1.flux[0] / scale[0], visit.airs.flux / scale[1:, None]),
        "variance": columns(visit.fgs1.variance[0] / scale[0] ** 2, variance),
        "model": columns(fit.model[0][0], fit.model[1]),
        "gain": columns(fit.gain[0][0], fit.gain[1]),
        "seam": np.isin(np.arange(scale.size), visit.seam_bins),
        "time": time_h,
        "in_transit": fit.in_transit(time_h),
        "fft_power": _fft_bands(residual),
        "moments": np.stack([residual.mean(axis=1), residual.var(axis=1), (residual**3).mean(axis=1), (residual**4).mean(axis=1)], axis=1),
    }


def transit_summary(visit: VisitSeries, fit: TransitFit) -> Arrays:
    """Return the posterior of the spectrum and of what it was marginalised over.

    Keys: depth (bin,), covariance (bin, bin), likelihood_precision (bin, bin) and likelihood_right (bin,) of the depths
    before any prior over spectra, limb_mean (limb,), limb_slope (limb, bin) and limb_covariance (limb, limb) of the limb darkening
    at given depths (``noise.limb_evidence``), data_sigma and noise_scale (bin,), shared, shared_sigma and shared_covariance
    (shared, shared) in the order of ``transit.state``, depth_shared_covariance (bin, shared), search (4,) mid-time h,
    duration h, depth, signal-to-noise, noise (13,) drift degrees, white and slow common noise, slow time h,
    then FGS1's slow process and that of the AIRS drift's shape (amplitude and time each), 1 where that drift is separable, and the
    kernels of the three processes in this order as places in ``drift.slow_process.Kernel``;
    spectrum_scales (2,) amplitude and FGS1 offset, converged () bool.
    """
    guess, noise = fit.guess, fit.noise
    return {
        "depth": fit.posterior.mean,
        "covariance": fit.posterior.covariance,
        "likelihood_precision": fit.likelihood.precision,
        "likelihood_right": fit.likelihood.right,
        "limb_mean": fit.limb.mean,
        "limb_slope": fit.limb.slope,
        "limb_covariance": fit.limb.covariance,
        "data_sigma": fit.data_sigma,
        "noise_scale": fit.noise_scale,
        "shared": fit.state.shared,
        "shared_sigma": np.sqrt(np.diag(fit.shared_covariance)),
        "shared_covariance": fit.shared_covariance,
        "depth_shared_covariance": fit.depth_shared_covariance,
        "search": np.array([guess.mid_time_h, guess.duration_h, guess.depth, guess.signal_to_noise]),
        "noise": np.array(
            [
                *(noise.fgs1.degree, noise.airs.degree, noise.white_sigma, noise.slow.sigma, noise.slow.time_h),
                *(noise.fgs1.slow.sigma, noise.fgs1.slow.time_h, noise.airs.slow.sigma, noise.airs.slow.time_h),
                float(noise.airs.separable_rest is not None),
                *(float(KERNELS.index(process.kernel)) for process in (noise.slow, noise.fgs1.slow, noise.airs.slow)),
            ]
        ),
        "spectrum_scales": np.array([fit.spectrum_scales[name] for name in ("amplitude", "fgs1_offset")]),
        "converged": np.array(fit.converged),
        "wavelength_um": np.concatenate([visit.fgs1.wavelength_um, visit.airs.wavelength_um]),
    }


def _fft_bands(residual: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (bin, band) mean power of the residuals in bands of equal width in frequency."""
    power = np.abs(np.fft.rfft(residual, axis=1)[:, 1:]) ** 2 / residual.shape[1]
    return np.stack([band.mean(axis=1) for band in np.array_split(power, FFT_BANDS, axis=1)], axis=1)

"""Speed of the kill chain as ratios within one run: against its own readable twin and against one pass through memory.

Seconds differ from machine to machine; these ratios say whether the chain got slower. Run: make bench
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

from spectramind.data.detector.chain import image_chain, pixel_chain
from spectramind.data.detector.linearity import evaluate_polynomial, linearise
from spectramind.data.frames import Frames, References, run_steps
from spectramind.data.sensors import Sensor
from spectramind.data.visit_calibration import BLOCK_READS
from spectramind.utils.config import load_config

READS, ROUNDS = 11_250, 101
PIXELS = BLOCK_READS // READS  # the block in which a visit is decoded
LINEARITY = np.array([0.14, 0.9999, -5.7e-9, 1.18e-11, -6.0e-17, 1.34e-22])


def median_seconds(work: Callable[[], object]) -> float:
    """Return the median processor time of several calls after one that is not counted."""
    work()
    seconds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return statistics.median(seconds)


def main() -> None:
    """Print the ratios."""
    generator = np.random.default_rng(1)
    reads = generator.integers(400, 20_000, (PIXELS, READS), dtype=np.uint16)
    references = References(
        dark=np.full(PIXELS, 0.006),
        dead=np.zeros(PIXELS, dtype=np.bool_),
        hot=np.zeros(PIXELS, dtype=np.bool_),
        flat=generator.normal(1.0, 0.013, PIXELS),
        read_noise=np.full(PIXELS, 13.0),
        linearity=np.repeat(LINEARITY[:, None], PIXELS, axis=1),
        adc_gain=0.4369,
        adc_offset_electron=-1000.0,
        full_scale=65535.0,
    )
    exposure_s = np.tile([0.1, 4.6], READS // 2)
    raw = Frames(flux=reads, variance=np.zeros((PIXELS, 1)), quality=np.zeros(reads.shape, dtype=np.uint16), exposure_s=exposure_s)
    detector = load_config().data.detector
    chain = pixel_chain(detector)
    pairs = run_steps(chain, raw, references)
    image = Frames(
        flux=pairs.flux.astype(np.float32),
        variance=pairs.variance.astype(np.float32),
        quality=pairs.quality,
        exposure_s=pairs.exposure_s,
    )
    electron, coefficients = reads / 0.4369 - 1000.0, references.linearity.copy()
    variance, value, scaled = np.full(PIXELS, 170.0), np.empty_like(electron), np.empty_like(electron)

    one_pass = median_seconds(lambda: reads.astype(np.float64))
    compiled = median_seconds(lambda: linearise(coefficients, electron, variance, value, scaled))
    twin = median_seconds(lambda: evaluate_polynomial(references.linearity, electron))
    pixel_steps = median_seconds(lambda: run_steps(chain, raw, references))
    image_steps = median_seconds(lambda: run_steps(image_chain(detector, Sensor.AIRS, (PIXELS, 1)), image, references))
    print("| ratio | value |\n|---|---|")
    print(f"| compiled linearity / readable twin | {compiled / twin:.3f} |")
    print(f"| all steps per pixel / one conversion pass over the reads | {pixel_steps / one_pass:.1f} |")
    print(f"| steps on images / steps per pixel | {image_steps / pixel_steps:.2f} |")


if __name__ == "__main__":
    main()

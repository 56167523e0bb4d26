from __future__ import annotations

import numpy as np

from spectramind.data.sensors import Sensor, SensorProfile


def profile() -> SensorProfile:
    return SensorProfile(
        sensor=Sensor.AIRS,
        adc_gain=0.4369,
        adc_offset_electron=-1000.0,
        read_start_h=np.array([0.0, 0.1, 4.8, 4.9, 9.6, 9.7]) / 3600.0,
        integration_time_s=np.tile([0.1, 4.5], 3),
        columns=None,
        column_wavelength_um=None,
    )


def test_the_ramp_restarts_at_every_even_read() -> None:
    np.testing.assert_allclose(profile().time_since_reset_s, [0.1, 4.6] * 3)


def test_a_pair_lies_in_the_middle_of_its_long_integration() -> None:
    np.testing.assert_allclose(profile().pair_mid_time_h * 3600.0, [2.35, 7.15, 11.95])
    assert profile().read_count == 6
    np.testing.assert_allclose(profile().pair_period_s, 4.8)


def test_the_head_keeps_everything_else() -> None:
    head = profile().head(4)
    assert (head.read_count, head.adc_gain, head.sensor) == (4, 0.4369, Sensor.AIRS)
    np.testing.assert_array_equal(head.pair_mid_time_h, profile().pair_mid_time_h[:2])


def test_folders() -> None:
    assert [sensor.folder for sensor in Sensor] == ["fgs1", "airs"]

"""The *detector* calibration: the kill chain. Calibration of uncertainties is another room, `spectramind.calibration`."""

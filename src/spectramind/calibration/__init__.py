"""The calibration of the *uncertainty*: temperature and COREL. That of the detector is another room, `spectramind.data.detector`."""

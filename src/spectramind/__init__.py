"""SpectraMind: raw Ariel frames to transmission spectra. Nothing heavy is imported here: `--help` must stay fast."""

"""Raw parquet files to calibrated frames (data/detector is the *detector* kill chain), and the simulator."""

"""Configuration, errors, telemetry, artifacts and resources. This room knows no astronomy."""

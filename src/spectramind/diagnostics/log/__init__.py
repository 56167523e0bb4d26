"""What the event log tells: the report of `analyze-log`."""

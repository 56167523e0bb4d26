"""Time as it is written in logs and events: UTC, seconds, a Z at the end."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> str:
    """Return the present moment as `2025-08-12T04:20:31Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

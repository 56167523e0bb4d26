"""`python -m spectramind`."""

from __future__ import annotations

from spectramind.cli import main

if __name__ == "__main__":
    raise SystemExit(main())

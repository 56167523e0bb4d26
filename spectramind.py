"""Launcher: `python spectramind.py`, installed or not.

Imported from the root, this file shadows the package of the same name; `__path__` makes it stand for that package.
"""

from pathlib import Path

__path__ = [str(Path(__file__).resolve().parent / "src" / "spectramind")]

if __name__ == "__main__":
    from spectramind.cli import main

    raise SystemExit(main())

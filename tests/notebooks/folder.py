"""Where the notebooks are."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"

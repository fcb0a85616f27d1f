"""The pages that have blocks of TypeScript, one parameter each, and where the comparison of outputs is."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "notebooks"))

from blocks import ROOT, pages  # noqa: E402


def pytest_generate_tests(metafunc):
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))

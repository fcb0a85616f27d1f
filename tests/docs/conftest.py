"""The pages that have blocks of TypeScript, one parameter each, and where the comparison of outputs is."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "notebooks"))
sys.path.insert(0, str(Path(__file__).parent))

from blocks import blocks_of  # noqa: E402


def pages():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [ROOT / line for line in sorted(set(listed.stdout.splitlines()))]
    return [file for file in files if file.exists() and blocks_of(file.read_text(encoding="utf-8"))]


def pytest_generate_tests(metafunc):
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))

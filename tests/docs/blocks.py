"""The blocks of TypeScript of a page, and what each says that it prints; and the pages that have some."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# A block with a `file=` belongs to a page of docs/contributing: it is not run here, but put where it says.
BLOCK = re.compile(r"^```ts\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?", re.M | re.S)
TOLD = re.compile(r"// → (.*)$", re.M)


@dataclass(frozen=True)
class Block:
    code: str
    # What the block prints, or None where the page does not say.
    told: str | None


def blocks_of(text):
    """A block of text right under a block of code is its output; so is what stands behind `// →` in it, line by line."""
    found = []
    for code, output in BLOCK.findall(text):
        lines = TOLD.findall(code)
        found.append(Block(code, output or ("\n".join(lines) if lines else None)))
    return found


def pages():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [ROOT / line for line in sorted(set(listed.stdout.splitlines()))]
    return [file for file in files if file.exists() and blocks_of(file.read_text(encoding="utf-8"))]

"""The blocks of TypeScript of a page, and what each says that it prints."""

import re
from dataclasses import dataclass

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

"""Writes tables between the markers of docs/kernel.md."""

from kernels import ROOT

PAGE = ROOT / "docs" / "kernel.md"


def table(rows):
    """Rows of cells as Markdown; the first row is the head."""
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write(marker, text):
    begin, end = f"<!-- {marker}: begin -->", f"<!-- {marker}: end -->"
    page = PAGE.read_text()
    before, rest = page.split(begin)
    _, after = rest.split(end)
    PAGE.write_text(f"{before}{begin}\n{text}\n{end}{after}")

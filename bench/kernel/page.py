"""Writes tables between the markers of docs/kernel.md."""

from kernels import ROOT

PAGE = ROOT / "docs" / "kernel.md"


def table(rows):
    """Rows of cells as Markdown; the first row is the head."""
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rows_under(heading):
    """The body of the table under a heading of the page, as rows of cells."""
    _, found, rest = PAGE.read_text().partition(f"### {heading}\n")
    lines = rest.split("\n###")[0].split("<!--")[0].splitlines() if found else []
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if line.startswith("| ")]
    return [row for row in cells[1:] if row[0] != "---"]


def write(marker, text):
    begin, end = f"<!-- {marker}: begin -->", f"<!-- {marker}: end -->"
    page = PAGE.read_text()
    before, rest = page.split(begin)
    _, after = rest.split(end)
    PAGE.write_text(f"{before}{begin}\n{text}\n{end}{after}")

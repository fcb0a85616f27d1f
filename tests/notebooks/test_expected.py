"""The committed outputs show what PyTorch has computed for them: the manifest expected.json, which goldens/make.py writes.

That a fresh run shows what is committed is checked by test_execution.py.
"""

import json
import re
from pathlib import Path

import nbformat
import pytest
from folder import FOLDER
from outputs import NUMBER, text_of

EXPECTED = json.loads((Path(__file__).parent / "expected.json").read_text(encoding="utf-8"))
PIECE = re.compile(rf"({NUMBER.pattern})|\S")


def pieces_of(text):
    """The numbers and the single characters of a text."""
    return [float(found[0]) if found[1] else found[0] for found in PIECE.finditer(text)]


def fits(piece, wanted, within):
    if isinstance(piece, float) and isinstance(wanted, float):
        return abs(piece - wanted) <= within
    return piece == wanted


def shows(pieces, wanted, within):
    """Whether the wanted pieces stand one after the other somewhere among the others."""
    return any(
        all(fits(piece, want, within) for piece, want in zip(pieces[at:], wanted))
        for at in range(len(pieces) - len(wanted) + 1)
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_expected(name):
    cells = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells
    pieces = pieces_of("\n".join(text_of(cell) for cell in cells if cell.cell_type == "code"))
    assert [one for one in EXPECTED[name] if not shows(pieces, pieces_of(one["shows"]), one["within"])] == []


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("a 1.05 b", "1.00 b", True),
        ("a 1.2 b", "1.0 b", False),
        ("tensor([1.00,\n   2.00])", "tensor([1.00, 2.00])", True),
        ("block 3 0.50", "block 4 0.50", False),
        ("Rome", "Paris", False),
    ],
)
def test_shows(text, wanted, found):
    assert shows(pieces_of(text), pieces_of(wanted), 0.1) is found

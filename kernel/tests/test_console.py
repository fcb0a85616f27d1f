"""The mixed notebook cell by cell in `jupyter console`, typed into a terminal."""

import os
import re
import sys
from pathlib import Path

import nbformat
import pytest

pexpect = pytest.importorskip("pexpect", reason="pexpect is not installed: no terminal to type into")
pytest.importorskip("jupyter_console", reason="jupyter_console is not installed")

FOLDER = Path(__file__).parent / "notebooks"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")


def prompt(count):
    """`In [3]: `, whose number has a colour of its own."""
    return rf"In \[\x1b\[[\d;]*m{count}\x1b\[[\d;]*m\]: "


def wants_more(cell):
    """A console waits for the rest of what is no whole cell."""
    return any("error TS1005" in line for output in cell.outputs for line in output.get("traceback", []))


def without_counts(text):
    return re.sub(r"In\[\d+\]", "In[#]", text)


def test_every_cell_shows_its_text(tmp_path):
    for name in ("shapes.ts", "scale.ts", "places.json"):
        (tmp_path / name).write_text((FOLDER / name).read_text())
    notebook = nbformat.read(FOLDER / "mixed.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and not wants_more(cell)]
    environment = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "HOME": str(tmp_path)}
    console = pexpect.spawn(
        sys.executable,
        ["-m", "jupyter_console", "--kernel", "nnsight-ts"],
        cwd=str(tmp_path),
        env=environment,
        encoding="utf8",
        dimensions=(200, 200),
        timeout=60,
    )
    try:
        console.expect(prompt(1))
        for count, cell in enumerate(cells, 1):
            # A paste is one text, whatever lines it has.
            console.send(f"\x1b[200~{cell.source}\x1b[201~\r")
            console.expect(prompt(count + 1))
            text = ESCAPES.sub("", console.before)
            for output in cell.outputs:
                expected = output.get("text") or "\n".join(output.get("traceback", [])) or output.get("data", {}).get("text/plain", "")
                last = expected.strip().split("\n")[-1].strip()
                # A console changes and takes away nothing of what it has shown.
                if "varies" not in cell.metadata.get("tags", []) and "update" not in cell.source:
                    assert without_counts(last) in without_counts(text), cell.source
        console.sendeof()
    except pexpect.TIMEOUT:
        raise AssertionError(ESCAPES.sub("", console.before)[-3000:]) from None
    finally:
        console.close(force=True)

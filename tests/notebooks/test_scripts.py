"""The script of a notebook is its cells in a row, and prints what they print."""

import os
import subprocess

import nbformat
import pytest

from folder import FOLDER
from outputs import difference

ROOT = FOLDER.parent
SCRIPTS = sorted(FOLDER.glob("*.ts"))
LOG = "application/vnd.nnsight.log.v1+json"


def node():
    own = ROOT / "node_modules" / ".bin" / "node"
    return str(own) if own.exists() else "node"


def test_the_scripts_are_fresh():
    checked = subprocess.run([node(), "scripts/notebook-script.mjs", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert SCRIPTS


def printed(output):
    """What a script prints where a cell has this output: its stdout, and lines of log with tensors in them."""
    if output.output_type == "stream":
        return output.text if output.name == "stdout" else ""
    return output.data["text/plain"] + "\n" if LOG in output.get("data", {}) else ""


@pytest.mark.parametrize("script", SCRIPTS, ids=[path.stem for path in SCRIPTS])
def test_a_script_prints_what_its_notebook_prints(script, tmp_path):
    notebook = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    texts = [
        printed(output)
        for cell in notebook.cells
        if cell.cell_type == "code" and "varies" not in cell.metadata.get("tags", [])
        for output in cell.outputs
    ]
    ran = subprocess.run(
        [node(), "--import", "nnsight-ts/register", script.name],
        cwd=FOLDER,
        env={**os.environ, "NNSIGHT_CONFIG": str(tmp_path / "config.json")},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    told = difference(ran.stdout, "".join(texts))
    assert told is None, told

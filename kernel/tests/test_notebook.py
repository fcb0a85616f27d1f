"""The notebook of mixed cells: what it shows, through nbclient, and what it becomes as a script."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import ScriptExporter

FOLDER = Path(__file__).parent / "notebooks"


@pytest.fixture(scope="module")
def committed():
    return nbformat.read(FOLDER / "mixed.ipynb", as_version=4)


def shown(cell):
    """The outputs without what differs between two runs by nature."""
    varies = "varies" in cell.metadata.get("tags", [])
    return [
        {key: (sorted(value) if varies and key == "data" else value) for key, value in output.items() if key not in ("transient",)}
        for output in cell.outputs
    ]


def test_every_cell_shows_what_it_showed(committed, tmp_path, monkeypatch):
    folder = tmp_path / "notebooks"
    shutil.copytree(FOLDER, folder)
    monkeypatch.setenv("NNSIGHT_PROGRESS", "off")
    executed = nbformat.read(folder / "mixed.ipynb", as_version=4)
    NotebookClient(executed, timeout=60, resources={"metadata": {"path": str(folder)}}).execute()
    code = [cell for cell in executed.cells if cell.cell_type == "code"]
    assert len(code) >= 60
    for now, before in zip(executed.cells, committed.cells, strict=True):
        if now.cell_type == "code":
            assert shown(now) == shown(before), now.source


def test_errors_stand_where_they_are_expected(committed):
    for cell in committed.cells:
        if cell.cell_type == "code":
            has_error = any(output.output_type == "error" for output in cell.outputs)
            assert has_error == ("raises-exception" in cell.metadata.get("tags", [])), cell.source


def test_as_a_script(committed, tmp_path):
    """`jupyter nbconvert --to script` gives a TypeScript file with the cells in their order."""
    text, resources = ScriptExporter().from_notebook_node(committed)
    assert resources["output_extension"] == ".ts"
    sources = [cell.source for cell in committed.cells if cell.cell_type == "code"]
    places = [text.index(source) for source in sources]
    assert places == sorted(places)
    path = tmp_path / "mixed.ipynb"
    shutil.copy(FOLDER / "mixed.ipynb", path)
    subprocess.run([sys.executable, "-m", "nbconvert", "--to", "script", str(path)], check=True, capture_output=True)
    assert (tmp_path / "mixed.ts").exists()

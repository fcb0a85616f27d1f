"""The notebooks as they are committed: run in order, without errors, with our kernel, without traces of a machine."""

import json
import re

import nbformat

from folder import FOLDER

MACHINE_PATH = re.compile(r"(/root/|/home/[a-z]|/Users/[A-Za-z]|/tmp/|/work/|/private/var/|[A-Z]:\\\\Users)")


def code_cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_there_is_a_first_notebook():
    assert (FOLDER / "01-look-inside.ipynb").exists()


def test_valid(notebook_path):
    nbformat.validate(nbformat.read(notebook_path, as_version=4))


def test_kernel(notebook_path):
    spec = nbformat.read(notebook_path, as_version=4).metadata.get("kernelspec", {})
    assert spec.get("name") == "nnsight-ts"
    assert spec.get("language") == "typescript"


def test_cells_ran_in_order(notebook_path):
    counts = [cell.execution_count for cell in code_cells(notebook_path) if cell.source.strip()]
    assert counts == list(range(1, len(counts) + 1))


def test_no_errors(notebook_path):
    for cell in code_cells(notebook_path):
        assert "raises-exception" in cell.metadata.get("tags", []) or not any(
            output.output_type == "error" for output in cell.outputs
        ), cell.source


def test_no_machine_paths(notebook_path):
    text = json.dumps(json.loads(notebook_path.read_text(encoding="utf-8")), ensure_ascii=False)
    found = MACHINE_PATH.search(text)
    assert not found, text[max(0, found.start() - 60) : found.end() + 60]


def test_size(notebook_path):
    assert notebook_path.stat().st_size < 3_000_000

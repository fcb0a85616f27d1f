"""Every block of TypeScript in README and docs runs, those of a page one after the other, and prints what the page says.

They run in the kernel, as cells of a notebook: so their types are checked as well.
"""

import nbformat
import pytest
from blocks import blocks_of, pages
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from outputs import difference, text_of


def test_there_are_pages():
    assert {"README.md", "guide.md"} <= {page.name for page in pages()}


def test_blocks(page, tmp_path, monkeypatch):
    monkeypatch.setenv("NNSIGHT_PROGRESS", "off")
    monkeypatch.setenv("NNSIGHT_CONFIG", str(tmp_path / "config.json"))
    blocks = blocks_of(page.read_text(encoding="utf-8"))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(block.code) for block in blocks])
    notebook.metadata.kernelspec = {"name": "nnsight-ts", "display_name": "TypeScript (nnsight)"}
    try:
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    except CellExecutionError as error:
        pytest.fail(str(error), pytrace=False)
    for cell, block in zip(notebook.cells, blocks):
        if block.told is not None:
            told = difference(text_of(cell), block.told)
            assert told is None, f"{block.code}\n{told}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("```ts\n1 + 1; // → 2\n```\n", "2"),
        ("```ts\nconsole.log(1);\n```\n\n```text\n1\n```\n", "1\n"),
        ("```ts\nconst x = 1;\n```\n\nText.\n", None),
    ],
)
def test_what_a_block_tells(text, told):
    assert [block.told for block in blocks_of(text)] == [told]


def test_a_block_of_a_file_is_none():
    assert blocks_of("```ts file=a.ts\nx\n```\n") == []

"""Runs a notebook without a screen and prints every output as text; exits with 1 when a cell fails.

Usage: python run_notebook.py <notebook>
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def text_of(output):
    """What a reader without pictures sees of an output."""
    if output.output_type == "stream":
        return output.text.rstrip("\n")
    if output.output_type == "error":
        return "\n".join(output.traceback) or f"{output.ename}: {output.evalue}"
    plain = output.data.get("text/plain")
    return plain if plain is not None else f"({', '.join(output.data)})"


def print_cell(cell, cell_index, **_):
    """Prints the outputs of a cell under the first line of its source."""
    if cell.cell_type != "code":
        return
    first = next((line for line in cell.source.splitlines() if line.strip()), "")
    print(f"[{cell.execution_count}] {first}", flush=True)
    for output in cell.outputs:
        print(text_of(output), flush=True)
    print(flush=True)


def main(path):
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=600,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_executed=lambda cell, cell_index, execute_reply: print_cell(cell, cell_index),
    )
    try:
        client.execute()
    except CellExecutionError as error:
        failed = next(c for c in notebook.cells if any(o.output_type == "error" for o in c.get("outputs", [])))
        print(f"A cell of {path.name} failed: {error.ename}: {error.evalue}\n\n{failed.source}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))

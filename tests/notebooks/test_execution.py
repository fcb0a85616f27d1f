"""Every notebook is executed afresh and shows what its committed outputs show.

Words must be equal, numbers within 1e-4. A cell whose text changes by nature (times, say) carries the tag `varies`;
it must run, and show outputs of the same kinds, but its text is not compared. A notebook costs less than a minute of two
cores, and less memory than Binder gives.
"""

import shutil

import nbformat
import pytest
from nbclient import NotebookClient

from conftest import FOLDER
from cost import own_of, peak_of, seconds_of
from outputs import difference, kinds_of, text_of

# A minute of two cores; memory of its own; all memory, as Binder has 2 GB.
LIMITS = {"seconds": 2 * 60, "own": 1.6e9, "peak": 2e9}
# Those that need more today, and how much at most.
MORE = {
    "04-gradients-and-generation": {"peak": 2.6e9},
    "05-the-kit": {"own": 2.6e9, "peak": 4.8e9},
    "06-remote": {"own": 2.6e9, "peak": 3e9},
    "07-indirect-objects": {"peak": 4e9},
}


@pytest.fixture
def copy(notebook_path, tmp_path):
    """The notebook in a copy of its folder, so that a run changes nothing in the checkout."""
    folder = tmp_path / "notebooks"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints", "node_modules"))
    return folder / notebook_path.name


def test_outputs(notebook_path, copy, monkeypatch):
    # Whether a run takes long enough to show its progress depends on the machine.
    monkeypatch.setenv("NNSIGHT_PROGRESS", "off")
    committed = nbformat.read(notebook_path, as_version=4)
    executed = nbformat.read(copy, as_version=4)
    spent = dict.fromkeys(LIMITS, 0)
    client = NotebookClient(
        executed,
        timeout=300,
        resources={"metadata": {"path": str(copy.parent)}},
        on_cell_executed=lambda **_: note_cost(spent, client.km.provisioner.pid),
    )
    client.execute()
    for now, before in zip(executed.cells, committed.cells):
        if now.cell_type != "code":
            continue
        assert kinds_of(now) == kinds_of(before), now.source
        if "varies" not in now.metadata.get("tags", []):
            told = difference(text_of(now), text_of(before))
            assert told is None, f"{now.source}\n\n{told}"
    print(notebook_path.stem, spent)
    limits = LIMITS | MORE.get(notebook_path.stem, {})
    assert [name for name, limit in limits.items() if spent[name] >= limit] == [], spent


def note_cost(spent, pid):
    for name, now in {"seconds": seconds_of(pid), "own": own_of(pid), "peak": peak_of(pid)}.items():
        spent[name] = max(spent[name], now)

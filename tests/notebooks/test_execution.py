"""Every notebook is executed afresh and shows what its committed outputs show.

Words must be equal, numbers within 1e-4. A cell whose text changes by nature (times, say) carries the tag `varies`;
it must run, and show outputs of the same kinds, but its text is not compared. A notebook costs less than a minute of two
cores, and less memory than Binder gives.
"""

import shutil

import nbformat
import pytest
from nbclient import NotebookClient

from cost import Meter, seconds_of
from folder import FOLDER
from outputs import difference, kinds_of, text_of

# A minute of two cores; memory of its own, as Binder has 2 GB for it and the server. Packed copies of what runs often take up
# to a sixteenth of the machine's memory: 0.13 GB there, and 0.4 GB in notebook 04 on a machine of 24 GB.
LIMITS = {"seconds": 2 * 60, "own": 1.7e9}


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
    meters = []
    spent = {"seconds": 0}

    def on_start(**_):
        if not meters:
            meters.append(Meter(client.km.provisioner.pid))

    client = NotebookClient(
        executed,
        timeout=300,
        resources={"metadata": {"path": str(copy.parent)}},
        on_cell_start=on_start,
        on_cell_executed=lambda **_: spent.update(seconds=seconds_of(client.km.provisioner.pid)),
    )
    try:
        client.execute()
    finally:
        for meter in meters:
            meter.close()
    spent["own"] = meters[0].own
    for now, before in zip(executed.cells, committed.cells):
        if now.cell_type != "code":
            continue
        assert kinds_of(now) == kinds_of(before), now.source
        if "varies" not in now.metadata.get("tags", []):
            told = difference(text_of(now), text_of(before))
            assert told is None, f"{now.source}\n\n{told}"
    print(notebook_path.stem, spent)
    assert [name for name, limit in LIMITS.items() if spent[name] >= limit] == [], spent


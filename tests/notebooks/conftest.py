"""Where the notebooks are, and one parameter per notebook for every test that asks for `notebook_path`."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"


def pytest_generate_tests(metafunc):
    if "notebook_path" in metafunc.fixturenames:
        paths = sorted(FOLDER.glob("*.ipynb"))
        metafunc.parametrize("notebook_path", paths, ids=[path.stem for path in paths])

"""One parameter per notebook for every test that asks for `notebook_path`."""

from folder import FOLDER


def pytest_generate_tests(metafunc):
    if "notebook_path" in metafunc.fixturenames:
        paths = sorted(FOLDER.glob("*.ipynb"))
        metafunc.parametrize("notebook_path", paths, ids=[path.stem for path in paths])

"""Installs the kernelspec in a folder of its own and starts kernels from it."""

import os
import subprocess
from pathlib import Path

import pytest
from session import Session

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "kernel" / "dist" / "main.js"


def node():
    own = ROOT / "node_modules" / ".bin" / "node"
    return str(own) if own.exists() else "node"


def pytest_configure(config):
    config.addinivalue_line("markers", "network: fetches packages from the npm registry")


@pytest.fixture(scope="session", autouse=True)
def kernelspec(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run([node(), str(MAIN), "install", "--prefix", str(prefix)], check=True)
    # The settings and the history of whoever runs the tests stay as they are.
    os.environ["NNSIGHT_CONFIG"] = str(prefix / "config.json")
    os.environ["NNSIGHT_HISTORY"] = str(prefix / "history.sqlite")
    os.environ["JUPYTER_PATH"] = str(prefix / "share" / "jupyter")
    return prefix / "share" / "jupyter" / "kernels" / "nnsight-ts"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of the notebook, with what its cells import."""
    path = tmp_path_factory.mktemp("notebook")
    (path / "lib.ts").write_text(
        "export interface Point { x: number }\n"
        "export function f(p: Point): number {\n  return p.x * 2;\n}\n"
        "export function fail(): never {\n  throw new RangeError('from lib');\n}\n"
    )
    common = path / "node_modules" / "common"
    common.mkdir(parents=True)
    (common / "package.json").write_text('{"name": "common", "version": "1.0.0", "main": "index.js"}')
    (common / "index.js").write_text("const o = {}; o['tw' + 'ice'] = x => 2 * x; module.exports = o;\n")
    (common / "index.d.ts").write_text("export declare function twice(x: number): number;\n")
    esm = path / "node_modules" / "esm-only"
    esm.mkdir(parents=True)
    (esm / "package.json").write_text(
        '{"name": "esm-only", "version": "1.0.0", "type": "module",'
        ' "exports": {".": {"types": "./index.d.ts", "import": "./index.js"}}}'
    )
    (esm / "index.js").write_text("export const a = await Promise.resolve(7);\n")
    (esm / "index.d.ts").write_text("export declare const a: number;\n")
    fake = path / "node_modules" / "nnsight-ts"
    fake.mkdir(parents=True)
    (fake / "package.json").write_text('{"name": "nnsight-ts", "version": "9.9.9", "main": "index.js"}')
    (fake / "index.js").write_text("exports.fromTheNotebooksFolder = true;\n")
    return path


@pytest.fixture(scope="module")
def shared(folder):
    """One kernel for the tests of a file that do no harm to it."""
    with Session(folder) as session:
        yield session


@pytest.fixture
def fresh(folder):
    with Session(folder) as session:
        yield session

"""Installs a wheel into a bare environment and runs a cell of the kernel that it brings; exits with 1 when something is missing.

Usage: python scripts/release/try_wheel.py <wheel>
       python scripts/release/try_wheel.py --unpacked <wheel>    without a network: the wheel's files in a folder, with this
                                                                 Python's Jupyter and the Node of NNSIGHT_NODE
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

PROGRAM = """
import sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="nnsight-ts", startup_timeout=60)
printed = []
reply = client.execute_interactive(sys.argv[1], timeout=120, output_hook=lambda m: printed.append(m["content"].get("text", "")))
client.stop_channels()
manager.shutdown_kernel(now=True)
assert reply["content"]["status"] == "ok", reply["content"]
print("".join(printed), end="")
"""

CELL = """
import { NNsight, manualSeed, nn, ops } from "nnsight-ts";
manualSeed(423);
const tiny = new NNsight(new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) }));
const out = await tiny.trace(ops.rand([1, 5]), () => tiny.layer1.output * 2);
console.log(out.shape, process.version);
"""


def check_cell(told):
    if not told.startswith("[ 1, 10 ] v24."):
        sys.exit(f"The cell printed:\n{told}")


def unpacked(wheel):
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        (data,) = Path(folder).glob("*.data/data/share/jupyter")
        if not (data / "labextensions/nnsight-ts-labextension/package.json").exists():
            sys.exit("The JupyterLab extension is not in the wheel.")
        env = {**os.environ, "PYTHONPATH": folder, "JUPYTER_PATH": str(data), "JUPYTER_PREFER_ENV_PATH": "0"}
        ran = subprocess.run([sys.executable, "-c", PROGRAM, CELL], env=env, cwd=folder, capture_output=True, text=True)
        if ran.returncode:
            sys.exit(ran.stdout + ran.stderr)
        check_cell(ran.stdout)
    print(f"{Path(wheel).name}: a cell ran, the extension is there")


def main(wheel):
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
        # Nothing of the machine's own: no Node on PATH, no Jupyter of the user.
        hidden = ("JUPYTER", "NNSIGHT", "NODE", "PYTHON", "VIRTUAL_ENV")
        env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        env.update(HOME=folder, PATH=f"{Path(python).parent}{os.pathsep}/usr/sbin{os.pathsep}/sbin")

        def run(*args):
            ran = subprocess.run([python, *args], env=env, cwd=folder, capture_output=True, text=True, check=False)
            if ran.returncode:
                sys.exit(f"{' '.join(args[:3])} …\n{ran.stdout}{ran.stderr}")
            return ran.stdout + ran.stderr

        # pip is asked by the name of this machine's index, and so keeps the whole environment.
        subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True)
        check_cell(run("-c", PROGRAM, CELL))
        extensions = run("-m", "jupyter", "labextension", "list")
        if "nnsight-ts-labextension" not in extensions or "enabled" not in extensions:
            sys.exit(extensions)
        spec = json.loads(run("-m", "jupyter", "kernelspec", "list", "--json"))["kernelspecs"]["nnsight-ts"]["spec"]
        if spec["display_name"] != "TypeScript (nnsight)":
            sys.exit(json.dumps(spec))
    print(f"{Path(wheel).name}: installed into a bare environment, a cell ran, the extension is there")


if __name__ == "__main__":
    (unpacked if "--unpacked" in sys.argv else main)(str(Path(sys.argv[-1]).resolve()))

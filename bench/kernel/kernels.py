"""The three kernels that are compared, installed side by side in a temporary folder."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "kernel" / "tests"))

from checks import IPYKERNEL, NNSIGHT, TSLAB  # noqa: E402
from checks.dialects import Dialect  # noqa: E402

TSLAB_VERSION = "1.0.22"
NODE = str(ROOT / "node_modules" / ".bin" / "node")


@dataclass(frozen=True)
class Kernel:
    name: str
    title: str
    say: Dialect


def installed(folder):
    """Kernelspecs of the three in `folder`, which Jupyter looks at first from now on."""
    prefix, tslab = folder / "prefix", folder / "tslab"
    subprocess.run([NODE, str(ROOT / "kernel" / "dist" / "main.js"), "install", "--prefix", str(prefix)], check=True)
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(tslab), f"tslab@{TSLAB_VERSION}"]
    subprocess.run(command, check=True)
    kernels = prefix / "share" / "jupyter" / "kernels"
    program = str(tslab / "node_modules" / "tslab" / "bin" / "tslab")
    write_spec(kernels / "tslab", [NODE, program, "kernel", "--config-path={connection_file}"], "typescript")
    python = [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    write_spec(kernels / "ipykernel", python, "python")
    os.environ["JUPYTER_PATH"] = str(prefix / "share" / "jupyter")
    # Nobody's own history or settings take part.
    os.environ["NNSIGHT_HISTORY"] = str(folder / "history.sqlite")
    os.environ["IPYTHONDIR"] = str(folder / "ipython")
    import ipykernel

    return [
        Kernel("nnsight-ts", "nnsight-ts", NNSIGHT),
        Kernel("tslab", f"tslab {TSLAB_VERSION}", TSLAB),
        Kernel("ipykernel", f"ipykernel {ipykernel.__version__}", IPYKERNEL),
    ]


def write_spec(folder, argv, language):
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": folder.name, "language": language}))


def notebook_folder(folder):
    """Where the cells run: tslab finds itself and the types of Node there."""
    (folder / "notebook").mkdir()
    os.symlink(folder / "tslab" / "node_modules", folder / "notebook" / "node_modules")
    return folder / "notebook"

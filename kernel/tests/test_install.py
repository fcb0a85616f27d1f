"""The command: install, uninstall, doctor."""

import json
import os
import shutil
import subprocess

import pytest
from conftest import MAIN, node


def command(*args, environment=None, program=None):
    full = {**os.environ, **(environment or {})}
    return subprocess.run([program or node(), str(MAIN), *args], capture_output=True, text=True, env=full, timeout=120)


def test_install_and_uninstall_under_another_name(tmp_path):
    place = tmp_path / "share" / "jupyter" / "kernels" / "next"
    assert str(place) in command("install", "--prefix", str(tmp_path), "--name", "next").stdout
    spec = json.loads((place / "kernel.json").read_text())
    assert spec["display_name"] == "TypeScript (nnsight), next" and spec["argv"][1] == str(MAIN)
    assert command("uninstall", "--prefix", str(tmp_path), "--name", "next").returncode == 0
    assert not place.exists()
    again = command("uninstall", "--prefix", str(tmp_path), "--name", "next")
    assert again.returncode == 1 and "No kernel is installed" in again.stderr


def test_user_and_environment(tmp_path):
    data, venv = tmp_path / "data", tmp_path / "venv"
    environment = {"JUPYTER_DATA_DIR": str(data), "VIRTUAL_ENV": str(venv)}
    assert command("install", environment=environment).returncode == 0
    assert (data / "kernels" / "nnsight-ts" / "kernel.json").exists()
    assert command("install", "--sys-prefix", environment=environment).returncode == 0
    assert (venv / "share" / "jupyter" / "kernels" / "nnsight-ts" / "logo-svg.svg").exists()


def test_wrong_use_is_explained():
    outcome = command("install", "--user", "--sys-prefix")
    assert outcome.returncode == 1 and "give one" in outcome.stderr and "Usage:" in outcome.stderr


def test_doctor(kernelspec, tmp_path):
    outcome = command("doctor", environment={"JUPYTER_DATA_DIR": str(tmp_path)})
    lines = outcome.stdout.splitlines()
    assert [line for line in lines if line.startswith("ok   Kernelspec")] == [f"ok   Kernelspec: {kernelspec}"]
    assert any(line.startswith("ok   ZeroMQ: version 4.") for line in lines)
    assert any(line.startswith("ok   Model") or line.startswith("amiss Model") for line in lines)
    outcome = command("doctor", environment={"JUPYTER_DATA_DIR": str(tmp_path), "JUPYTER_PATH": "", "VIRTUAL_ENV": str(tmp_path)})
    assert outcome.returncode == 1
    assert "amiss Kernelspec: none in" in outcome.stdout and "→ Run `npx nnsight-ts-kernel install`" in outcome.stdout


@pytest.mark.skipif(shutil.which("node") is None, reason="the machine has no Node of its own")
def test_an_old_node_is_told_so():
    own = shutil.which("node")
    version = subprocess.run([own, "--version"], capture_output=True, text=True).stdout
    if int(version[1:].split(".")[0]) >= 24:
        pytest.skip("the machine's own Node is new enough")
    assert "needs Node 24 or later" in command("install", program=own).stderr
    assert "amiss Node" in command("doctor", program=own).stdout

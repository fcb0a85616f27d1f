"""Packages of the npm registry in a folder of their own; without a network the tests that need them are skipped."""

import os
import re
import shutil
import subprocess

import pytest

NO_NETWORK = re.compile(r"\b(ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ECONNRESET)\b")


def install(folder, *packages):
    if os.environ.get("NNSIGHT_OFFLINE"):
        pytest.skip("NNSIGHT_OFFLINE is set: nothing is fetched from the npm registry")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: nothing can be fetched from its registry")
    command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", *packages]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0 and NO_NETWORK.search(done.stderr):
        pytest.skip(f"npm reaches no registry: {NO_NETWORK.search(done.stderr).group()}")
    assert done.returncode == 0, done.stderr

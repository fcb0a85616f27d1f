"""The library in callback form inside a stock tslab kernel, and tslab's own module inside ours."""

import json
import os
import queue
import time

import npm
import pytest
from conftest import ROOT, node
from jupyter_client.manager import KernelManager

VERSION = "1.0.22"


class Tslab:
    """A tslab kernel sends everything as text on stdout."""

    def __init__(self, folder):
        self.manager = KernelManager(kernel_name="stock-tslab")
        self.manager.start_kernel(cwd=str(folder))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, code, timeout=60):
        request = self.client.execute(code)
        text, end = "", time.monotonic() + timeout
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=max(0.1, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no idle status within {timeout} s; got {text}") from None
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "stream":
                text += message["content"]["text"]
            elif message["content"].get("execution_state") == "idle":
                return text


@pytest.fixture(scope="module")
def tslab(tmp_path_factory):
    place = tmp_path_factory.mktemp("tslab")
    npm.install(place, f"tslab@{VERSION}")
    spec = place / "share" / "kernels" / "stock-tslab"
    spec.mkdir(parents=True)
    program = place / "node_modules" / "tslab" / "bin" / "tslab"
    argv = [node(), str(program), "kernel", "--config-path", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "tslab", "language": "typescript"}))
    work = place / "work"
    (work / "node_modules").mkdir(parents=True)
    (work / "node_modules" / "nnsight-ts").symlink_to(ROOT / "core")
    path = os.environ["JUPYTER_PATH"]
    os.environ["JUPYTER_PATH"] = f"{place / 'share'}{os.pathsep}{path}"
    kernel = Tslab(work)
    yield kernel
    kernel.close()
    os.environ["JUPYTER_PATH"] = path


@pytest.mark.network
def test_a_trace_in_callback_form(tslab):
    assert tslab.run('import { NNsight, nn, ops, tensor, manualSeed } from "nnsight-ts";') == ""
    tslab.run(
        "manualSeed(423);\n"
        "const net = new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) });\n"
        "const tiny = new NNsight(net); const input = ops.rand([1, 5]);"
    )
    text = tslab.run(
        "const out = await tiny.trace(input, () => ({ one: tiny.layer1.output, two: tiny.layer1.output.mul(2) }));\n"
        "console.log(JSON.stringify([out.one.toArray(), out.two.sum().item() / out.one.sum().item()]))"
    )
    [[row], ratio] = json.loads(text)
    assert row[0] == pytest.approx(0.72426, abs=1e-4) and row[9] == pytest.approx(-0.80205, abs=1e-4)
    assert ratio == pytest.approx(2)


@pytest.mark.network
def test_an_edit_and_a_type_error(tslab):
    code = (
        "const edited = await tiny.edit(() => { tiny.layer1.output.fill(0); });\n"
        "console.log(JSON.stringify((await edited.trace(input, () => edited.layer1.output)).toArray()))"
    )
    assert json.loads(tslab.run(code)) == [[0] * 10]
    assert "Property 'nosuch' does not exist" in tslab.run("out.one.nosuch")


@pytest.mark.network
def test_require(tslab):
    time.sleep(0.3)  # after an error tslab refuses cells for 200 ms
    assert tslab.run('const all = require("nnsight-ts"); console.log(all.NNsight === NNsight)') == "true\n"


def test_its_module_in_our_kernel(shared):
    assert shared.run('import * as tslab from "tslab"; Object.keys(tslab).sort()').result == "[ 'display', 'newDisplay', 'versions' ]"
    assert shared.run("Object.entries(tslab.versions).map(([name, text]) => name + /^\\d+\\.\\d+\\.\\d+$/.test(text))").result == "[ 'tslabtrue', 'typescripttrue', 'nodetrue' ]"
    data = shared.run("tslab.display.raw('text/x', 'y')").of("display_data")[0]["data"]
    assert data == {"text/x": "y"}

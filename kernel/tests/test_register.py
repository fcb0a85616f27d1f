"""Scripts run by `node --import …/register`: the project's own TypeScript with operators of tensors."""

import os
import subprocess

import pytest
from conftest import ROOT, node

REGISTER = ROOT / "compiler" / "dist" / "register" / "index.js"

HEAD = """import { NNsight, nn, ops, tensor, manualSeed, type Tensor } from "nnsight-ts";
const tiny = new NNsight(new nn.Sequential({ layer1: new nn.Linear(5, 10) }));
const x = ops.rand([1, 5]);
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    path = tmp_path_factory.mktemp("project")
    (path / "node_modules").mkdir()
    os.symlink(ROOT / "core", path / "node_modules" / "nnsight-ts")
    (path / "lib.ts").write_text(
        'import type { Tensor } from "nnsight-ts";\n'
        "export interface Options { scale: number }\n"
        "export function scaled(t: Tensor, { scale }: Options): Tensor {\n"
        "  if (t.sum() > 1000) t = t * 0;\n"
        "  return t * scale;\n}\n"
    )
    return path


def run(project, code):
    (project / "script.ts").write_text(code)
    command = [node(), "--import", str(REGISTER), "script.ts"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120)


def test_operators_in_a_script_and_in_what_it_imports(project):
    code = (
        HEAD
        + """import { scaled, type Options } from "./lib.ts";
const options: Options = { scale: 2 };
const [a, b] = await tiny.trace(x, () => [tiny.layer1.output, scaled(tiny.layer1.output, options) - 1]);
console.log((a * 2 - 1 - b).abs().sum() < 1e-5 ? "same" : "different");
"""
    )
    outcome = run(project, code)
    assert (outcome.stdout, outcome.stderr, outcome.returncode) == ("same\n", "", 0)


def test_errors_point_to_the_users_line(project):
    outcome = run(project, HEAD + "interface Gone {\n  a: number;\n}\n\ntensor([1, 2]) + tensor([1, 2, 3]);\n")
    assert outcome.returncode == 1
    assert "script.ts:8\n  8 | tensor([1, 2]) + tensor([1, 2, 3]);" in outcome.stderr
    assert "script.ts:8:16" in outcome.stderr or "script.ts:8:1" in outcome.stderr
    assert "compiler/dist" not in outcome.stderr


def test_a_throw_beside_a_context_stops_it(project):
    code = HEAD + 'await using tr = tiny.trace(x);\ntr.log("ran", tiny.layer1.output);\nthrow new RangeError("mine");\n'
    outcome = run(project, code)
    assert outcome.returncode == 1
    assert "RangeError: mine" in outcome.stderr and "ran" not in outcome.stdout


def test_what_cannot_be_compiled_is_shown(project):
    outcome = run(project, HEAD + "switch (x) { default: }\n")
    assert outcome.returncode == 1
    assert "script.ts:4:9 - A `switch` cannot look at a tensor" in outcome.stderr
    assert "script.ts:1:11 - Expression expected." in run(project, "const x = ;").stderr


SUM = "await tiny.trace(x, (tr) => {{ const s = tiny.layer1.output.sum(); {} }});\n"


def test_native_control_flow_stays_turned_off_in_later_processes(project):
    head = HEAD.replace("NNsight,", "CONFIG, NNsight, log,")
    native = SUM.format("if (s > 0) log('positive'); else log('negative');")
    off = "CONFIG.APP.CONTROL_FLOW_HANDLING = false; CONFIG.save();\n"
    assert run(project, head + off).stderr == ""
    outcome = run(project, head + "if (x.sum() > 0) console.log('concrete');\n" + native)
    assert outcome.stdout == "concrete\n" and outcome.returncode == 1
    assert "(CONFIG.APP.CONTROL_FLOW_HANDLING is false), so `if` is not recorded" in outcome.stderr
    assert "script.ts:5:" in outcome.stderr
    explicit = SUM.format("tr.cond(s.ne(1e6), () => log('taken'));")
    assert run(project, head + explicit).stdout == "taken\n"
    outcome = run(project, head + off.replace("false", "true") + native)
    assert outcome.stdout in ("positive\n", "negative\n")

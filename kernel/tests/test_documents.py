"""The examples of the two documents with operators and native control flow, each in a cell and in a script."""

import os
import subprocess

import pytest
from conftest import ROOT, node

HEAD = """import * as nnsight from "nnsight-ts";
import { CONFIG, NNsight, manualSeed, nn, ops, remoteLogger, tensor } from "nnsight-ts";
manualSeed(423);
const net = new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) });
const input = ops.rand([1, 5]);
const tiny = new NNsight(net);
"""

ZEROS = "tensor([[0., 0., 0., 0., 0., 0., 0., 0., 0., 0.]])"
LAYER1 = """tensor([[ 7.2426e-01,  2.4406e-01, -5.3356e-01,  2.4396e-01, -4.4996e-04,
         -1.3551e-01,  1.8728e-01,  7.5127e-01, -3.3102e-01, -8.0205e-01]])"""

# What is printed is the expectation; a test's title is the key.
PRINTED = {
    "S3: built-ins": (
        """
{
  await using tracer = tiny.trace(input);
  const num = nnsight.int(5);
  var list = nnsight.list().save();
  list.append(num);
  var dict = nnsight.dict({ five: num }).save();
}
console.log("List: ", list, dict);""",
        "List:  [5] {'five': 5}",
    ),
    "S4: update with an operator": (
        """
{
  await using tracer = tiny.trace(input);
  var text = nnsight.str("I am a ").save();
  text.update(text + "Transformer");
}
console.log("Input: ", text);""",
        "Input:  I am a Transformer",
    ),
    "S5, S6: print and log": (
        """
{
  await using tracer = tiny.trace(input);
  console.log(tiny.layer1.output);
  nnsight.log("Layer 1 - out: ", tiny.layer1.output);
}""",
        "InterventionProxy (InterventionProtocol_0): \nLayer 1 - out:  " + LAYER1,
    ),
    "S10: parity of a random integer, by operators": (
        """
manualSeed(3);
for (let i = 0; i < 4; i++) {
  await using tracer = tiny.trace(input);
  const number = ops.randint(-10, 10, [1]).item();
  { using even = tracer.cond(number % 2 == 0); nnsight.log(number, "is even"); }
  { using odd = tracer.cond(number % 2 == 1); nnsight.log(number, "is odd"); }
}""",
        lambda lines: len(lines) == 4 and all((int(line.split()[0]) % 2 == 1) == ("odd" in line) for line in lines),
    ),
    "S10: parity by a native if": (
        """
for (let i = 0; i < 4; i++) {
  await using tracer = tiny.trace(input);
  const number = ops.randint(-10, 10, [1]).item();
  if (number % 2 == 0) nnsight.log(number, "is even");
  else nnsight.log(number, "is odd");
}""",
        lambda lines: len(lines) == 4 and all((int(line.split()[0]) % 2 == 1) == ("odd" in line) for line in lines),
    ),
    "S12: all() under a native if": (
        """
{
  await using tracer = tiny.trace(input);
  if (ops.all(tiny.layer1.output != 1)) nnsight.log("Condition is True");
}""",
        "Condition is True",
    ),
    "S13: native conditions nest": (
        """
{
  await using tracer = tiny.trace(input);
  const number = tracer.apply(Number, 6);
  if (number > 0) {
    if (number % 2 == 0) nnsight.log("Rand Int ", number, " is Positive and Even");
  }
}""",
        "Rand Int  6  is Positive and Even",
    ),
    "S14: an edit by an index and a number": (
        """
const edited = await tiny.edit(() => {
  tiny.layer1.output[0] = 0;
});
console.log(await edited.trace(input, () => edited.layer1.output));
console.log(await tiny.trace(input, () => tiny.layer1.output));""",
        ZEROS + "\n" + LAYER1,
    ),
    "S19: exit of a session": (
        """
{
  await using s = tiny.session();
  var early = nnsight.list().save();
  early.append(0);
  early.append(1);
  nnsight.log("-- Early Stop --");
  s.exit();
  early.append(2);
}
console.log("List: ", early);""",
        "-- Early Stop --\nList:  [0, 1]",
    ),
    "S21: a native for over a lazy list": (
        """
{
  await using s = tiny.session();
  const items = nnsight.list();
  for (const n of [0, 1, 2]) items.append(n);
  for (const item of items) nnsight.log(item);
}""",
        "0\n1\n2",
    ),
    "S22: native loops over five lists of one": (
        """
{
  await using s = tiny.session();
  var tens = nnsight.list().save();
  for (const item of nnsight.list([[10], [10], [10], [10], [10]])) for (const inner of item) tens.append(inner);
}
console.log("List: ", tens);""",
        "List:  [10, 10, 10, 10, 10]",
    ),
    "S23: a native if in a loop": (
        """
{
  await using s = tiny.session();
  for (const item of nnsight.list([0, 1, 2, 3])) {
    if (item % 2 == 0) nnsight.log(item);
  }
}""",
        "0\n2",
    ),
    "S24: an exit under a native if": (
        """
{
  await using s = tiny.session();
  using loop = s.iter([0, 1, 2, 3]);
  if (loop.item == 2) loop.exit();
  nnsight.log(loop.item);
}""",
        "0\n1",
    ),
    "S25, S27: native nested loops, and empty traces in one": (
        """
{
  await using s = tiny.session();
  const lists = nnsight.list();
  for (const n of [0, 1, 2]) lists.append([n]);
  var flat = nnsight.list().save();
  for (const item of lists) {
    for (const inner of item) flat.append(inner);
    tiny.trace(input, () => undefined);
  }
}
console.log("\\nList: ", flat);""",
        "\nList:  [0, 1, 2]",
    ),
    "S28: switched off, native forms are refused and iter works": (
        """
CONFIG.APP.CONTROL_FLOW_HANDLING = false;
for (const run of [
  () => tiny.session(() => { for (const item of nnsight.list([0])) nnsight.log(item); }),
  () => tiny.trace(input, () => { if (tiny.layer1.output.sum() > 0) nnsight.log("never"); }),
  () => tiny.session((s) => s.iter([0, 1], (item) => void nnsight.log(item))),
]) {
  try { await run(); } catch (error) { console.log(String(error).split(" (")[0]); }
}
for (const n of [7]) if (n > 5) console.log(n);
CONFIG.APP.CONTROL_FLOW_HANDLING = true;""",
        "RuntimeError: native control flow over lazy values is turned off\n" * 2 + "0\n1\n7",
    ),
    "S29: the switch of the remote logger": (
        """
remoteLogger.propagate = false;
console.log(remoteLogger.propagate);""",
        "false",
    ),
}


def agrees(expected, printed):
    if callable(expected):
        return expected(printed.splitlines())
    return printed == expected + "\n"


@pytest.fixture(scope="module")
def cells(shared):
    outcome = shared.run(HEAD)
    assert outcome.status == "ok", outcome.traceback
    return shared


@pytest.mark.parametrize("title", PRINTED)
def test_in_a_cell(cells, title):
    code, expected = PRINTED[title]
    outcome = cells.run(code)
    assert outcome.status == "ok", outcome.traceback
    assert agrees(expected, outcome.printed), outcome.printed


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    path = tmp_path_factory.mktemp("documents")
    (path / "node_modules").mkdir()
    for name, folder in [("nnsight-ts", "core"), ("nnsight-ts-compiler", "compiler")]:
        os.symlink(ROOT / folder, path / "node_modules" / name)
    return path


def script(project, code, config=None):
    (project / "script.ts").write_text(HEAD + code)
    command = [node(), "--import", "nnsight-ts/register", "script.ts"]
    env = {**os.environ, "NNSIGHT_CONFIG": str(config or project / "none.json")}
    return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, timeout=120)


def test_all_in_one_script(project):
    """Each block prints a line with its number before it, so that one process serves all."""
    marked = "\n".join(f'console.log("# {n}");\n{{\n{code}\n}}' for n, (code, _) in enumerate(PRINTED.values()))
    outcome = script(project, marked)
    assert (outcome.stderr, outcome.returncode) == ("", 0)
    parts = outcome.stdout.split("# ")[1:]
    assert len(parts) == len(PRINTED)
    for part, (title, (_, expected)) in zip(parts, PRINTED.items()):
        number, _, printed = part.partition("\n")
        assert agrees(expected, printed), f"{title}\n{printed}"


def test_s11_in_a_script(project):
    """S11: the error of a condition of ten values, with the user's line."""
    outcome = script(
        project, "await tiny.trace(input, (tracer) => { if (tiny.layer1.output != 1) nnsight.log('never'); });\n"
    )
    assert outcome.returncode == 1 and outcome.stdout == ""
    assert "RuntimeError: Boolean value of Tensor with more than one value is ambiguous" in outcome.stderr
    assert "Above exception when execution Node: 'ne_0' in Graph: '" in outcome.stderr
    assert "script.ts:7" in outcome.stderr


def test_s28_s29_survive_a_restart(project, tmp_path):
    """S28, S29: what CONFIG saved holds in the next process; the key is its owner's alone and is never printed."""
    config = tmp_path / "config.json"
    first = script(
        project,
        "CONFIG.APP.CONTROL_FLOW_HANDLING = false; CONFIG.save(); CONFIG.setDefaultApiKey('sk-1'); console.log(CONFIG);",
        config,
    )
    assert (first.returncode, first.stderr) == (0, "") and "sk-1" not in first.stdout
    assert config.stat().st_mode & 0o077 == 0
    second = script(
        project,
        "console.log(CONFIG.APP.CONTROL_FLOW_HANDLING, CONFIG.API.APIKEY === 'sk-1');\n"
        "await tiny.trace(input, () => { if (tiny.layer1.output.sum() > 0) nnsight.log('never'); });",
        config,
    )
    assert second.stdout == "false true\n" and "native control flow over lazy values is turned off" in second.stderr

"""The library in cells, with the real model: what works, and how bad input is told without harm to what was there."""

import pytest

SETUP = """
import { LanguageModel, NNsight, log, manualSeed, nn, ops, tensor } from "nnsight-ts";
import type { Tensor } from "nnsight-ts";
manualSeed(423);
const tiny = new NNsight(new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) }));
const input = ops.rand([1, 5]);
const kept = await tiny.trace(input, () => tiny.layer1.output);
const lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { progress: () => {} });
"""


def shown(outcome):
    """The pictures and texts of the cell's value."""
    return outcome.of("execute_result")[0]["data"]


@pytest.fixture(scope="module")
def cells(shared):
    outcome = shared.run(SETUP)
    assert outcome.status == "ok", outcome
    return shared


def test_a_tensor_is_a_picture_and_text(cells):
    data = shown(cells.run("kept"))
    assert data["application/vnd.nnsight.tensor.v1+json"]["name"] == "layer1.output"
    assert data["text/plain"].startswith("tensor([[ 7.2426e-01,  2.4406e-01,")
    assert len(data["image/png"]) > 100


def test_tokens_and_the_place_stand_in_the_picture(cells):
    code = 'const hidden = await lm.trace("Hello World", () =>\n  lm.model.layers[3].output[0]);\nhidden'
    payload = shown(cells.run(code))["application/vnd.nnsight.tensor.v1+json"]
    assert payload["axes"] == ["batch", "position", "feature"]
    assert payload["tokens"] == {"axis": 1, "labels": ["Hello", " World"]}
    assert payload["where"]["module"] == "model.layers.3"
    assert payload["where"]["line"].endswith(":2")


def test_var_of_a_block_lives_on(cells):
    block = "{\n  await using tracer = tiny.trace(input);\n  var inner = tiny.layer2.output.save();\n}"
    assert cells.run(block).status == "ok"
    assert cells.run("inner.shape").result == "[ 1, 10 ]"


def test_log_at_the_run(cells):
    assert cells.run('await tiny.trace(input, () => log("sum", tiny.layer1.output.mul(0).sum()));').printed == "sum tensor(0.)\n"


REFUSED = [
    ("a wrong shape", "await tiny.trace(tensor([[1, 2]]), () => tiny.output)", "ShapeError", "linear"),
    ("a wrong shape inside", "await tiny.trace(input, () =>\n  tiny.layer1.output.add(tensor([1, 2, 3])))", "ShapeError", "do not broadcast"),
    ("an unknown module", "await tiny.trace(input, () => (tiny as any).layer3.output)", "AttributeError", "Did you mean 'layer1'"),
    ("a lazy value as text", "await tiny.trace(input, () => `${tiny.layer1.output}`)", "TypeError", "cannot be used as"),
    ("a lazy value as an index", "await tiny.trace(input, () => [1, 2][tiny.layer1.output as any])", "TypeError", "cannot be used as"),
    ("a lazy value as JSON", "await tiny.trace(input, () => JSON.stringify(tiny.layer1.output))", "TypeError", "cannot be used as JSON"),
    ("a lazy value spread", "await tiny.trace(input, () => [...tiny.layer1.output])", "TypeError", "iter"),
    ("an async callback", "await tiny.trace(input, async () => tiny.layer1.output)", "TypeError", "is async"),
    ("a trace left open", "tiny.trace(input);", "ContextError", "left open"),
    ("a trace inside a trace", "await tiny.trace(input, () => tiny.trace(input))", "RuntimeError", "cannot be opened while the trace opened at In["),
    ("an empty prompt", 'await lm.trace("", () => lm.output.logits)', "ValueError", "the prompt is empty"),
    ("a prompt over the context", "await lm.trace(Array(9000).fill(1), () => lm.output.logits)", "ValueError", "knows 8192 positions"),
    ("no such model", 'process.env["HF_HUB_OFFLINE"] = "1"; await LanguageModel.load("nobody/nothing")', "ValueError", "no weights for"),
    ("no such file", 'await LanguageModel.load("./nothing.gguf")', "ValueError", "nothing.gguf"),
    ("time travel", "await tiny.trace(input, () => { tiny.layer1.output = tiny.layer2.output; })", "RuntimeError", "is made after layer1.output"),
]


@pytest.mark.parametrize(("code", "name", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_bad_input_is_told_with_the_line_and_harms_nothing(cells, code, name, words):
    outcome = cells.run(code)
    assert outcome.status == "error"
    error = outcome.of("error")[0]
    assert error["ename"] == name
    assert words in error["evalue"]
    assert "In[" in outcome.traceback
    assert "core/dist" not in outcome.traceback
    assert cells.run("kept.shape").result == "[ 1, 10 ]"
    assert cells.run("(await tiny.trace(input, () => tiny.output)).shape").result == "[ 1, 10 ]"


def test_a_truncated_gguf(cells, folder):
    (folder / "broken.gguf").write_bytes(b"GGUF" + bytes(40))
    outcome = cells.run('await LanguageModel.load("./broken.gguf")')
    assert outcome.of("error")[0]["ename"] == "ValueError"
    assert "broken.gguf" in outcome.of("error")[0]["evalue"]


def test_hovering_shows_the_documentation_of_an_op(cells):
    reply = cells.ask("inspect_request", {"code": "kept.softmax", "cursor_pos": 12, "detail_level": 0})
    text = reply["data"]["text/markdown"]
    assert "softmax: (" in text
    assert "@see torch.softmax" in text


def test_interrupting_a_loop_of_traces_keeps_the_model(cells):
    code = 'console.log("begun");\nwhile (true) await lm.trace("The Eiffel Tower is in the city of", () => lm.output.logits);'
    outcome = cells.run(code, during=cells.interrupt)
    assert outcome.status == "error"
    assert outcome.of("error")[0]["ename"] == "KeyboardInterrupt"
    after = 'lm.tokenizer.decode(await lm.trace("The Eiffel Tower is in the city of", () => lm.output.logits.at(0, -1).argmax(-1)))'
    assert cells.run(after).result == "' Paris'"

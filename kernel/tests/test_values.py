"""The log while a cell runs, and the list of what the notebook holds, as pages ask for them."""

import pytest
from test_live import Page

LOG = "application/vnd.nnsight.log.v1+json"
SETUP = """import * as nnsight from "nnsight-ts";
import { nn, NNsight, ops, tensor } from "nnsight-ts";
const model = new NNsight(new nn.Linear(2, 2));
const x = ops.ones([1, 2]);
const asked: string[] = [];
const trap = { get value() { asked.push("getter"); return x; } };
const watched = new Proxy({}, { get: () => void asked.push("get"), ownKeys: () => { asked.push("keys"); return []; } });"""


@pytest.fixture
def page(fresh):
    assert fresh.run(SETUP).status == "ok"
    return Page(fresh)


def answer(page, seq, id_, query):
    page.ask(seq, id_, query)
    return page.heard()["content"]["data"]


def listed(page, seq):
    values = answer(page, seq, "nnsight.values", {"ask": "list"})["result"]["values"]
    return {held["name"]: held for held in values}


def test_lines_stand_in_one_output_that_grows_and_text_between_them_keeps_its_place(fresh, page):
    code = """await model.trace(x, () => { for (let i = 0; i < 3; i++) nnsight.log("line", i, model.input); });
console.log("between");
await model.trace(x, () => nnsight.log("last"));"""
    outcome = fresh.run(code)
    assert outcome.status == "ok", outcome
    shown = [*outcome.of("display_data"), *outcome.of("update_display_data")]
    last = {content["transient"]["display_id"]: content["data"] for content in shown}
    first, second = last.values()
    assert [line["n"] for line in first[LOG]["lines"]] == [0, 1, 2]
    assert first["text/plain"].splitlines()[2] == "line 2 tensor([[1., 1.]])"
    assert second["text/plain"] == "last"
    tensor = first[LOG]["lines"][1]["parts"][1]["tensor"]
    assert (tensor["name"], tensor["shape"], tensor["mean"], tensor["std"]) == ("line 1", [1, 2], 1, 0)
    told = answer(page, 1, tensor["id"], {"ask": "show"})["result"]
    assert told["shape"] == [1, 2] and told["id"] == tensor["id"]
    lines = answer(page, 2, "nnsight.log", {"ask": "lines", "from": 2})["result"]
    assert [line["n"] for line in lines["lines"]] == [2, 3] and lines["total"] == 4


def test_what_the_notebook_holds_and_the_cell_that_made_it(fresh, page):
    before = listed(page, 1)
    assert set(before) == {"model", "x"}
    assert before["x"]["value"] == {"kind": "tensor", "dtype": "float32", "shape": [1, 2], "bytes": 8}
    cell = before["x"]["cell"]
    fresh.run("const run = { up: x.mul(2), parts: [x] }; const rows = [x, x];")
    held = listed(page, 2)
    assert held["run.up"]["cell"] == cell + 1 and "rows[1]" in held and held["x"]["cell"] == cell
    outcome = fresh.run("asked.length")
    assert outcome.of("execute_result")[0]["data"]["text/plain"] == "0"


def test_a_dropped_name_is_gone_for_cells_and_their_types(fresh, page):
    assert "result" in answer(page, 1, "nnsight.values", {"ask": "drop", "name": "x"})
    assert set(listed(page, 2)) == {"model"}
    outcome = fresh.run("x")
    assert outcome.status == "error" and "Cannot find name 'x'" in outcome.of("error")[0]["evalue"]
    assert fresh.run("const x = tensor([7]); x.item()").of("execute_result")[0]["data"]["text/plain"] == "7"
    assert "gone" in answer(page, 3, "nnsight.values", {"ask": "open", "name": "y"})["error"]

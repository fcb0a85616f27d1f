"""Completion and inspection from types and from values, also while a cell runs or blocks."""

import pytest


@pytest.fixture(scope="module")
def cells(shared):
    shared.run(
        'import { NNsight, nn } from "nnsight-ts";\n'
        "class Block extends nn.Module { up = new nn.Linear(2, 4); down = new nn.Linear(4, 2); forward(x: any) { return this.down(this.up(x)); } }\n"
        "class Tower extends nn.Module { layers = new nn.ModuleList([new Block(), new Block()]); head = new nn.Linear(2, 1);\n"
        "  forward(x: any) { for (const layer of this.layers) x = layer(x); return this.head(x); } }\n"
        "const lm = new NNsight(new Tower());\nconst untyped: any = lm;\n"
        "const config: any = { depth: 2, inner: { 'odd key': 1, width: new Map([['alpha', 1], ['beta', 2]]) }, get danger() { throw new Error('looked'); } };\n"
        "let looked = 0; const trap: any = new Proxy({}, { get: () => ++looked });"
    )
    return shared


def complete(session, code, at=None):
    reply = session.ask("complete_request", {"code": code, "cursor_pos": len(code) if at is None else at})
    types = {match["text"]: match["type"] for match in reply["metadata"]["_jupyter_types_experimental"]}
    return [(name, types[name]) for name in reply["matches"]], (reply["cursor_start"], reply["cursor_end"])


def test_modules_are_listed_with_their_classes(cells):
    matches, span = complete(cells, "lm.layers[0].")
    assert matches[:2] == [("up", "Linear"), ("down", "Linear")]
    assert ("output", "property") in matches and span == (13, 13)
    matches, span = complete(cells, "lm.layers[-1].do")
    assert matches == [("down", "Linear")] and span == (14, 16)
    matches, _ = complete(cells, "lm.")
    assert matches[:2] == [("layers", "ModuleList"), ("head", "Linear")]


def test_what_types_do_not_know_comes_from_values(cells):
    assert complete(cells, "untyped.layers[1].")[0] == [("up", "Linear"), ("down", "Linear")]
    assert complete(cells, "config.in")[0] == [("inner", "Object")]
    assert complete(cells, 'config["de')[0] == [("depth", "number")]
    matches, span = complete(cells, "config.inner['odd ")
    assert matches == [("odd key", "number")] and span == (14, 18)
    assert ("width", "Map") in complete(cells, "1;\nconfig.inner.")[0]


def test_strings_that_name_modules_and_keys(cells):
    assert complete(cells, 'lm.get("la')[0] == [("layers", "ModuleList")]
    matches, span = complete(cells, 'lm.get("layers.1.u")', at=18)
    assert matches == [("layers.1.up", "Linear")] and span == (8, 18)
    assert [name for name, _ in complete(cells, 'lm.get("layers.')[0]] == ["layers.0", "layers.1"]
    assert complete(cells, 'config.inner.width.get("')[0] == [("alpha", "number"), ("beta", "number")]
    assert complete(cells, 'lm.trace("')[0] == []


def test_looking_changes_nothing(cells):
    assert ("danger", "undefined") in complete(cells, "config.")[0]
    complete(cells, "config.danger.")
    complete(cells, "trap.")
    complete(cells, "trap.a.b.")
    complete(cells, "lm.output.")
    assert cells.run("looked").result == "0"
    assert cells.run("lm.head").status == "ok"


def test_the_value_of_an_untyped_name(cells):
    def inspect(code, at):
        return cells.ask("inspect_request", {"code": code, "cursor_pos": at, "detail_level": 0})["data"]["text/plain"]

    assert "Map(2)" in inspect("config.inner", 9)
    assert "(head): Linear" in inspect("untyped", 3)
    assert inspect("(untyped: number) => untyped", 24) == "(parameter) untyped: number"


def test_types_with_documentation_while_a_cell_runs(cells):
    cells.run("/** Adds one. */ function next(x: number) { return x + 1 }")
    found = {}

    def ask():
        found["members"] = complete(cells, "lm.layers[0].")[0]
        found["types"] = complete(cells, "next(1).toFi")[0]
        found["text"] = cells.ask("inspect_request", {"code": "next", "cursor_pos": 2, "detail_level": 0})["data"]["text/plain"]

    outcome = cells.run("await new Promise((r) => setTimeout(r, 1500)); 1", during=ask)
    assert outcome.result == "1"
    assert found["members"][0] == ("up", "Linear")
    assert found["types"] == [("toFixed", "method")]
    assert "next(x: number): number" in found["text"] and "Adds one." in found["text"]


def test_a_blocked_process_is_not_waited_for(cells):
    complete(cells, "untyped.layers[0].")
    found = {}

    def ask():
        found["new"] = complete(cells, "config.inner.wi")[0]
        found["known"] = complete(cells, "untyped.layers[0].")[0]
        found["typed"] = complete(cells, "lm.layers[0].ou")[0]

    code = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000)"
    assert cells.run(code, during=ask).result == "'timed-out'"
    # Had it been waited for, it would have told of `width`.
    assert found["new"] == []
    assert found["known"] == [("up", "Linear"), ("down", "Linear")]
    assert ("output", "property") in found["typed"]

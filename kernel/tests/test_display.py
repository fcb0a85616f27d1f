"""Display: content of every type, changes in place, tables, progress bars."""

import pytest


def shown(outcome):
    return [(kind, content["data"]) for kind, content in outcome.outputs if "data" in content]


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ('display.html("<b>x</b>")', {"text/html": "<b>x</b>"}),
        ('display.markdown("*x*")', {"text/markdown": "*x*", "text/plain": "*x*"}),
        ('display.latex("$x$")', {"text/latex": "$x$", "text/plain": "$x$"}),
        ('display.svg("<svg/>")', {"image/svg+xml": "<svg/>"}),
        ("display.png(new Uint8Array([1, 2]))", {"image/png": "AQI="}),
        ('display.jpeg("AQI=")', {"image/jpeg": "AQI="}),
        ("display.json({ a: [1, null] })", {"application/json": {"a": [1, None]}}),
        ('display.text("plain")', {"text/plain": "plain"}),
    ],
)
def test_content_of_a_type(shared, code, data):
    assert shown(shared.run(code)) == [("display_data", data)]


def test_what_is_shown_is_changed_in_place(shared):
    outcome = shared.run("const handle = display.html('<i>1</i>'); handle.update('<i>2</i>'); handle")
    assert shown(outcome) == [("display_data", {"text/html": "<i>1</i>"}), ("update_display_data", {"text/html": "<i>2</i>"})]
    first = outcome.of("display_data")[0]["transient"]
    assert outcome.of("update_display_data")[0]["transient"] == first
    later = shared.run("handle.update('<i>3</i>')").of("update_display_data")[0]
    assert later["transient"] == first and later["data"] == {"text/html": "<i>3</i>"}
    named = shared.run("display([1], { display_id: 'mine' }).update({ 'text/plain': 'raw' }, { raw: true })")
    assert named.of("update_display_data")[0] == {"data": {"text/plain": "raw"}, "metadata": {}, "transient": {"display_id": "mine"}}
    assert shared.run("display.html('x', { display_id: 'mine', update: true })").of("display_data") == []


def test_a_wrong_content_is_a_type_error(shared):
    assert shared.run("display.html(1)").reply["ename"] == "TypeScriptError"
    assert shared.run("display.nothing('x')").reply["ename"] == "TypeScriptError"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("new Map([['k', new Set([1])]])", "Map(1) { 'k' => Set(1) { 1 } }"),
        ("new Float32Array(3)", "Float32Array(3) [ 0, 0, 0 ]"),
        ("new BigInt64Array([2n])", "BigInt64Array(1) [ 2n ]"),
        ("class P { constructor(readonly x = 1) {} }; new P()", "P { x: 1 }"),
        ("Symbol('s')", "Symbol(s)"),
        ("Promise.resolve(1)", "Promise { 1 }"),
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
    ],
)
def test_values_as_text(shared, code, text):
    assert shared.run(code).of("execute_result")[0]["data"] == {"text/plain": text}


def test_a_table(shared):
    data = shared.run("Array.from({ length: 70 }, (_, id) => ({ id, name: `<${id}>` }))").of("execute_result")[0]["data"]
    assert data["text/html"].startswith('<table class="dataframe"><thead><tr><th>id</th><th>name</th></tr>')
    assert "&lt;49&gt;" in data["text/html"] and "&lt;50&gt;" not in data["text/html"]
    assert "70 rows, of which the first 50 are shown" in data["text/html"]
    assert data["text/plain"].startswith("[\n  { id: 0, name: '<0>' },")


def test_progress(shared):
    outcome = shared.run("for (const x of progress([1, 2], { label: 'items' })) console.log(x)")
    assert outcome.of("display_data")[0]["data"]["text/plain"].startswith("items ─")
    assert "2 of 2" in outcome.of("update_display_data")[-1]["data"]["text/plain"]
    outcome = shared.run("{ using bar = progress(5); bar.advance(2); bar.done }")
    assert "2 of 5" in outcome.of("update_display_data")[-1]["data"]["text/plain"]
    outcome = shared.run("for await (const x of progress((async function* () { yield 1 })())) x.toFixed()")
    assert outcome.of("update_display_data")[-1]["data"]["text/plain"].startswith("1, ")
    assert "not assignable" in shared.run("for (const x of progress(['a'])) { const n: number = x }").traceback


def test_a_long_run_shows_its_progress_and_stops_between_pieces(fresh):
    fresh.run(
        'import { NNsight, nn, ops } from "nnsight-ts";\n'
        "const layers: Record<`layer${number}`, nn.Linear> = {};\n"
        "for (let i = 0; i < 40; i++) layers[`layer${i}`] = new nn.Linear(1200, 1200);\n"
        "const slow = new NNsight(new nn.Sequential(layers));"
    )
    code = "await slow.trace(ops.zeros([1500, 1200]), () => slow.output.sum())"
    outcome = fresh.run(code, during=fresh.interrupt)
    assert outcome.of("error")[0]["ename"] == "KeyboardInterrupt"
    assert fresh.run("1 + 1").result == "2"
    lines = [content["data"]["text/plain"] for kind, content in fresh.run(code).outputs if kind in ("display_data", "update_display_data")]
    assert lines and lines[-1].startswith("run ━━━━━━━━━━━━━━━━━━━━━━━━ ")
    counts = [int(line.split(" of ")[0].split()[-1]) for line in lines]
    assert counts == sorted(counts)

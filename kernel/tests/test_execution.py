"""Cells: results, streams, variables, types, imports, errors."""

import json


def test_kernelspec(kernelspec):
    spec = json.loads((kernelspec / "kernel.json").read_text())
    assert spec["display_name"] == "TypeScript (nnsight)"
    assert spec["language"] == "typescript"
    assert spec["interrupt_mode"] == "message"
    assert spec["argv"][2] == "{connection_file}"
    for logo in ("logo-32x32.png", "logo-64x64.png", "logo-svg.svg"):
        assert (kernelspec / logo).exists()


def test_result(shared):
    outcome = shared.run("1 + 2")
    assert outcome.status == "ok" and outcome.result == "3"
    assert outcome.of("execute_input")[0]["code"] == "1 + 2"
    assert shared.run("undefined").of("execute_result") == []
    assert shared.run("null").result == "null"


def test_streams_in_order(shared):
    outcome = shared.run('console.log("a"); console.error("b"); console.log("c")')
    assert [(o["name"], o["text"]) for o in outcome.of("stream")] == [
        ("stdout", "a\n"),
        ("stderr", "b\n"),
        ("stdout", "c\n"),
    ]


def test_no_line_is_lost(shared):
    outcome = shared.run('for (let i = 0; i < 20000; i++) console.log("line", i)')
    assert outcome.text().splitlines() == [f"line {i}" for i in range(20000)]


def test_text_of_native_children(shared):
    code = 'import { spawnSync } from "node:child_process"; spawnSync("echo", ["native"], { stdio: "inherit" }).status'
    outcome = shared.run(code)
    assert outcome.result == "0" and outcome.text() == "native\n"


def test_text_in_parts_of_bytes(shared):
    outcome = shared.run("for (const byte of Buffer.from('é\\n')) process.stdout.write(Buffer.of(byte))")
    assert outcome.text() == "é\n"


def test_prints_while_it_runs(shared):
    code = "console.log('early'); { const end = Date.now() + 200; while (Date.now() < end); } console.log('late')"
    assert [o["text"] for o in shared.run(code + "; for (let i = 0; i < 2; i++) console.log(i)").of("stream")][0].startswith("early")


def test_variables_and_types_live_on(shared):
    shared.run("const a = 1; let b = 'x'; class P { constructor(readonly v: number) {} }\ninterface I { n: number }")
    assert shared.run("const i: I = { n: new P(a).v }; i.n + b").result == "'1x'"
    shared.run("b = 'y'")
    assert shared.run("b").result == "'y'"
    outcome = shared.run("b = 3")
    assert outcome.status == "error" and "not assignable" in outcome.reply["evalue"]
    assert shared.run("const a = 'again'; a.length").result == "5"


def test_var_in_a_block_lives_on(shared):
    code = "{ await using t = { async [Symbol.asyncDispose]() { console.log('closed') } }; var out = [1, 2]; }\nout.length"
    outcome = shared.run(code)
    assert outcome.result == "2" and outcome.text() == "closed\n"
    assert shared.run("out.map((x) => x + 1)").result == "[ 2, 3 ]"
    assert "Property 'nosuch'" in shared.run("out.nosuch").traceback


def test_top_level_await(shared):
    assert shared.run("const z = await new Promise<number>((r) => setTimeout(() => r(42), 20)); z").result == "42"


def test_await_using_closes_before_the_value_is_shown(shared):
    code = "const box = { v: 0 }; await using u = { async [Symbol.asyncDispose]() { box.v = 99 } }; box"
    assert shared.run(code).result == "{ v: 99 }"


def test_await_using_closes_after_a_throw(shared):
    code = "await using g = { async [Symbol.asyncDispose]() { console.log('closed') } }; throw new Error('mid')"
    outcome = shared.run(code)
    assert [kind for kind, _ in outcome.outputs] == ["execute_input", "stream", "error"]
    assert outcome.reply["evalue"] == "mid"


def test_an_error_while_closing_comes_second(shared):
    code = "using h = { [Symbol.dispose]() { throw new RangeError('closing') } }; throw new TypeError('first')"
    outcome = shared.run(code)
    assert outcome.reply["ename"] == "TypeError"
    assert "While closing: RangeError: closing" in outcome.traceback


def test_imports(shared):
    assert shared.run('import { join } from "node:path"; join("a", "b")').result == "'a/b'"
    assert shared.run('import { twice } from "common"; twice(4)').result == "8"
    assert shared.run('import * as all from "common"; all.twice(5)').result == "10"
    assert shared.run('import { a as seven } from "esm-only"; seven').result == "7"
    assert shared.run('const later = await import("common"); later.twice(2)').result == "4"
    assert shared.run('import { f, type Point } from "./lib.ts"; const p: Point = { x: 4 }; f(p)').result == "8"
    assert shared.run('(await import("./lib.ts")).f({ x: 1 })').result == "2"
    assert shared.run('require("node:path").join("x")').result == "'x'"
    assert "Cannot find module 'nosuch'" in shared.run('import { n } from "nosuch"').traceback
    assert "import of 'nosuch'" in shared.run('import "nosuch"').traceback


def test_the_kernels_own_copy_of_the_library_wins(shared):
    code = 'import * as nnsight from "nnsight-ts"; "fromTheNotebooksFolder" in nnsight'
    assert shared.run(code).result == "false"
    assert shared.run('nnsight === (await import("nnsight-ts"))').result == "true"
    outcome = shared.run('import { nosuchname } from "nnsight-ts"')
    assert "has no exported member 'nosuchname'" in outcome.traceback
    assert shared.run('import * as pictures from "nnsight-ts/display"; typeof pictures').result == "'object'"


def test_error_in_a_cell(shared):
    code = (
        "function boom(n: number): number {\n"
        "  if (n === 0) throw new TypeError('bad thing', { cause: new Error('the reason') });\n"
        "  return boom(n - 1);\n}\n\nboom(2)"
    )
    outcome = shared.run(code)
    count = outcome.reply["execution_count"]
    assert (outcome.reply["ename"], outcome.reply["evalue"]) == ("TypeError", "bad thing")
    lines = outcome.of("error")[0]["traceback"]
    assert lines[0] == "TypeError: bad thing"
    assert lines[1] == "  2 |   if (n === 0) throw new TypeError('bad thing', { cause: new Error('the reason') });"
    assert lines[2] == "    |                      ^"
    assert lines[3] == f"    at boom (In[{count}]:2:22)"
    assert f"    at In[{count}]:6:5" in lines
    assert "Caused by: Error: the reason" in lines
    assert not any("node:" in line or "/kernel/dist/" in line for line in lines)


def test_error_after_an_await_in_an_earlier_function(shared):
    count = shared.run("async function slow() {\n  await null;\n  throw new Error('slow');\n}").reply["execution_count"]
    traceback = shared.run("\nawait slow()").traceback
    assert f"In[{count}]:3:" in traceback and f"In[{count + 1}]:2:" in traceback


def test_error_in_a_local_file(shared):
    outcome = shared.run('import { fail } from "./lib.ts"; fail()')
    assert "lib.ts:6:9" in outcome.traceback and outcome.reply["ename"] == "RangeError"


def test_own_error_classes_and_other_values(shared):
    code = "class ShapeError extends Error { override name = 'ShapeError' }\nthrow new ShapeError('2 and 3')"
    assert shared.run(code).reply["ename"] == "ShapeError"
    outcome = shared.run("throw { code: 4 }")
    assert outcome.reply["ename"] == "Object" and "code: 4" in outcome.reply["evalue"]


def test_stacks_name_cells(shared):
    count = shared.run("1").reply["execution_count"] + 1
    outcome = shared.run("\nfunction where() { return new Error().stack!.split('\\n')[1]!.trim() }\nwhere()")
    assert outcome.result == f"'at where (In[{count}]:2:27)'"


def test_names_that_got_no_value(shared):
    shared.run("const kept = 1")
    shared.run("const first = 1; const kept = fail(); const last = 2; function fail(): string { throw new Error('x') }")
    assert shared.run("first + kept").result == "2"
    assert "Cannot find name 'last'" in shared.run("last").traceback


def test_a_model_is_traced(shared):
    shared.run(
        'import { NNsight, nn, tensor } from "nnsight-ts";\n'
        "const model = new NNsight(new nn.Sequential({ layer1: new nn.Linear(2, 3), layer2: new nn.Linear(3, 1) }))"
    )
    outcome = shared.run("{ await using tracer = model.trace(tensor([[1, 2]]));\n  var out = model.layer1.output.save(); }\nout.shape")
    assert outcome.result == "[ 1, 3 ]"
    assert shared.run("out.shape.length").result == "2"
    count = shared.run("1").reply["execution_count"] + 1
    outcome = shared.run("const left = model.trace(tensor([[1, 2]]));\nleft")
    assert outcome.reply["ename"] == "ContextError" and f"trace (In[{count}]:1:" in outcome.reply["evalue"]
    outcome = shared.run("{ await using tracer = model.trace(tensor([[1, 2]]));\n  var bad = model.layer1.output.sum(7); }")
    assert outcome.reply["ename"] == "ShapeError" and f"In[{count + 1}]:2:" in outcome.traceback
    assert shared.run("out.shape.length").result == "2"


def test_a_printed_error_has_no_frames_of_the_kernel(shared):
    printed = shared.run("console.error(new Error('printed'))").text("stderr")
    assert "at In[" in printed and "kernel" not in printed


def test_type_error(shared):
    outcome = shared.run('1\nconst n: number = "s";')
    count = outcome.reply["execution_count"]
    lines = outcome.of("error")[0]["traceback"]
    assert lines[0] == f"In[{count}]:2:7 - error TS2322: Type 'string' is not assignable to type 'number'."
    assert lines[1:] == ['  2 | const n: number = "s";', "    |       ^"]


def test_contexts_left_open(fresh):
    fresh.run(
        "let open: { kind: string; line: string }[] = [];\n"
        "(globalThis as any)[Symbol.for('nnsight.contexts')] = {"
        " openContexts: () => open, resetContexts: () => { open = [] } };"
    )
    outcome = fresh.run("open.push({ kind: 'trace', line: 'In[1]:2:3' }); 5")
    assert outcome.status == "error" and outcome.of("execute_result") == []
    assert "trace (In[1]:2:3)" in outcome.reply["evalue"] and "await using" in outcome.reply["evalue"]
    assert fresh.run("open.length").result == "0"


def test_errors_that_no_cell_waits_for(shared):
    shared.run("setTimeout(() => { throw new Error('in timer') }, 10); Promise.reject(new Error('dropped'))")
    outcome = shared.run("await new Promise((r) => setTimeout(r, 100)); 6")
    assert outcome.result == "6"


def test_display(shared):
    shared.run("const shown = { [Symbol.for('Jupyter.display')]() { return { 'text/html': '<b>x</b>', 'text/plain': 'x' } } }")
    assert shared.run("shown").of("execute_result")[0]["data"] == {"text/html": "<b>x</b>", "text/plain": "x"}
    assert shared.run("display(shown)").of("display_data")[0]["data"]["text/html"] == "<b>x</b>"
    outcome = shared.run("console.log(1); display({ 'text/markdown': '*y*' }, { raw: true }); console.log(2)")
    assert [kind for kind, _ in outcome.outputs] == ["execute_input", "stream", "display_data", "stream"]
    late = "display({ async [Symbol.for('Jupyter.display')]() { await null; return { 'image/png': new Uint8Array([1, 2]) } } })"
    assert shared.run(late).of("display_data")[0]["data"]["image/png"].strip() == "AQI="


def test_display_update_and_clear(shared):
    outcome = shared.run("display('a', { display_id: 'd' }); display('b', { display_id: 'd', update: true })")
    assert outcome.of("display_data")[0]["transient"] == {"display_id": "d"}
    assert outcome.of("update_display_data")[0]["data"]["text/plain"] == "'b'"
    assert shared.run("clearOutput(true)").of("clear_output") == [{"wait": True}]


def test_the_tslab_module(shared):
    outcome = shared.run('import * as tslab from "tslab"; tslab.display.html("<b>x</b>")')
    assert outcome.of("display_data")[0]["data"] == {"text/html": "<b>x</b>"}
    outcome = shared.run('const one = tslab.newDisplay(); one.text("1"); one.png(new Uint8Array([1]))')
    first, second = outcome.of("display_data")[0], outcome.of("update_display_data")[0]
    assert first["transient"] == second["transient"]
    assert second["data"] == {"image/png": "AQ=="}
    assert shared.run("tslab.display.html(1)").reply["ename"] == "TypeScriptError"


def test_a_broken_display_is_an_error(shared):
    outcome = shared.run("({ [Symbol.for('Jupyter.display')]() { throw new Error('no picture') } })")
    assert outcome.status == "error" and outcome.reply["evalue"] == "no picture"


def test_after_all_that_variables_are_there(shared):
    shared.run("const answer = 42")
    assert shared.run("answer").result == "42"

"""Imports: local files, tsconfig.json, packages of every shape, and functions as text."""

import json
import os
import time

import pytest

PACKAGES = {
    # Both kinds of module, with types for each, as zod and axios have it.
    "dual": {
        "package.json": {
            "exports": {
                ".": {
                    "import": {"types": "./index.d.mts", "default": "./index.mjs"},
                    "require": {"types": "./index.d.cts", "default": "./index.cjs"},
                },
                "./part": {"types": "./part.d.ts", "import": "./part.mjs", "require": "./part.cjs"},
            }
        },
        "index.mjs": "export const kind = 'import'; export default { kind };",
        "index.cjs": "exports.kind = 'require';",
        "index.d.mts": "export declare const kind: string; declare const _default: { kind: string }; export default _default;",
        "index.d.cts": "export declare const kind: string;",
        "part.mjs": "export const part = 'import';",
        "part.cjs": "exports.part = 'require';",
        "part.d.ts": "export declare const part: string;",
    },
    # Types under a subpath that has no code.
    "typed": {
        "package.json": {"type": "module", "exports": {".": "./index.js", "./types": {"types": "./types.d.ts"}}, "types": "./index.d.ts"},
        "index.js": "export const area = (box) => box.w * box.h;",
        "index.d.ts": "import type { Box } from './types.js'; export declare const area: (box: Box) => number;",
        "types.d.ts": "export interface Box { w: number; h: number }",
    },
    # CommonJS that is one function, as lodash, with types in @types.
    "oldstyle": {
        "package.json": {"main": "./lib/main"},
        "lib/main.js": "function f(x) { return [x]; } f.twice = (x) => [x, x]; f.default = f; module.exports = f;",
    },
    "@types/oldstyle": {
        "package.json": {"types": "index.d.ts"},
        "index.d.ts": "declare function f<T>(x: T): T[]; declare namespace f { function twice<T>(x: T): T[]; } export = f;",
    },
    # ESM only, that awaits, and an empty main.
    "waiting": {
        "package.json": {"type": "module", "exports": {"types": "./index.d.ts", "import": "./index.js"}},
        "index.js": "import { readFile } from 'node:fs/promises'; await readFile(new URL(import.meta.url)); export default class Wait { static n = 3 }",
        "index.d.ts": "export default class Wait { static n: number }",
    },
    # No types at all.
    "bare": {"package.json": {"main": "index.js"}, "index.js": "exports.one = 1;"},
    # A file in a folder, without its ending, as `lodash/chunk`.
    "parts": {"package.json": {"main": "index.js"}, "index.js": "", "one.js": "module.exports = () => 1;", "one.d.ts": "declare function one(): number; export = one;"},
    # Several modules behind one, as d3.
    "gathered": {
        "package.json": {"type": "module", "main": "index.js", "types": "index.d.ts"},
        "index.js": "export * from 'typed'; export * from 'dual';",
        "index.d.ts": "export * from 'typed'; export * from 'dual';",
    },
}


@pytest.fixture(scope="module", autouse=True)
def packages(folder):
    for name, files in PACKAGES.items():
        for file, content in files.items():
            path = folder / "node_modules" / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"name": name, "version": "1.0.0", **content}) if isinstance(content, dict) else content)


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ('import { kind } from "dual"; kind', "'import'"),
        ('import dual from "dual"; dual.kind', "'import'"),
        ('import { part } from "dual/part"; part', "'import'"),
        ('require("dual").kind', "'require'"),
        ('import { area } from "typed"; import type { Box } from "typed/types"; const box: Box = { w: 2, h: 3 }; area(box)', "6"),
        ('import old from "oldstyle"; old(1)', "[ 1 ]"),
        ('import { twice } from "oldstyle"; twice(1)', "[ 1, 1 ]"),
        ('import * as all from "oldstyle"; all.twice("x")', "[ 'x', 'x' ]"),
        ('import Wait from "waiting"; Wait.n', "3"),
        ('import { area as a2, kind as k2 } from "gathered"; [a2({ w: 1, h: 2 }), k2]', "[ 2, 'import' ]"),
        ('import single from "parts/one"; single()', "1"),
        ('(await import("bare")).one', "1"),
        ('import { one } from "bare"; one', "1"),
    ],
)
def test_packages(shared, code, result):
    assert shared.run(code).result == result


def test_a_wrong_use_of_a_package_is_a_type_error(shared):
    assert "Property 'h' is missing" in shared.run('import { area } from "typed"; area({ w: 1 })').traceback
    assert shared.run('// @nnsight types: off\nimport "./nowhere"').reply["evalue"] == "Cannot find module './nowhere'"
    assert "__cell_import" not in shared.run('// @nnsight types: off\nimport "nowhere"').reply["evalue"]
    assert "Cannot find module 'typed/nothing'" in shared.run('import "dual"; import { x } from "typed/nothing"').traceback


def write(path, text):
    """With a time of its own, whatever the clock of the file system counts in."""
    path.write_text(text)
    write.time = getattr(write, "time", time.time()) + 2
    os.utime(path, (write.time, write.time))


def test_a_changed_file_is_loaded_anew(shared, folder):
    write(folder / "inner.ts", "export const n = 1;")
    write(folder / "outer.ts", 'import { n } from "./inner";\nexport const f = () => n;\nexport default class C { n = n }')
    write(folder / "apart.ts", "export const loaded = Math.random();")
    shared.run('import C, { f } from "./outer.ts"; import * as outer from "./outer"; import { loaded } from "./apart"; const first = loaded')
    assert shared.run("[f(), outer.f(), new C().n]").result == "[ 1, 1, 1 ]"
    write(folder / "inner.ts", "export const n = 'two';")
    assert shared.run("[f(), outer.f(), new C().n]").result == "[ 'two', 'two', 'two' ]"
    assert shared.run("f().length").result == "3"
    assert shared.run("first === loaded").result == "true"
    shared.run("const f = 'mine'")
    write(folder / "inner.ts", "export const n = 3;")
    assert shared.run("[f, outer.f()]").result == "[ 'mine', 3 ]"
    write(folder / "inner.ts", "export const n = ;")
    outcome = shared.run("outer.f()")
    assert outcome.result == "3" and "'./outer' has changed and cannot be loaded" in outcome.text("stderr")
    assert " ./inner.ts:1:18 - Expression expected." in outcome.text("stderr")
    write(folder / "inner.ts", "export const n = 4;")
    assert shared.run("outer.f()").result == "4"
    (folder / "inner.ts").unlink()
    assert shared.run("1").result == "1" and shared.run("2").text("stderr") == ""


def test_names_of_local_files_as_typescript_finds_them(shared, folder):
    (folder / "sub").mkdir(exist_ok=True)
    write(folder / "sub" / "index.ts", 'import { helper } from "./helper.js"; export const sub = helper;')
    write(folder / "sub" / "helper.ts", "export enum E { A = 7 }\nexport const helper = E.A;")
    write(folder / "values.json", '{ "list": [1, 2] }')
    assert shared.run('import { sub } from "./sub"; sub').result == "7"
    assert shared.run('import { helper } from "./sub/helper.js"; helper').result == "7"
    assert shared.run('import values from "./values.json"; values.list.length').result == "2"
    assert shared.run('import { list } from "./values.json"; list').result == "[ 1, 2 ]"
    assert shared.run('import again from "./values.json" with { type: "json" }; again.list').result == "[ 1, 2 ]"
    write(folder / "values.json", '{ "list": [3] }')
    assert shared.run("values.list").result == "[ 3 ]"


def test_errors_of_local_files_after_the_cell_has_ended(shared, folder):
    write(
        folder / "late.ts",
        "export const inTimer = (): void => void setTimeout(() => { throw new RangeError('timer'); }, 1);\n"
        "export async function later(): Promise<never> {\n  await null;\n  throw new RangeError('later');\n}\n",
    )
    shared.run('import { inTimer, later } from "./late.ts"')
    text = shared.run("inTimer(); await new Promise((r) => setTimeout(r, 60))").text("stderr")
    assert "RangeError: timer\n    at Timeout._onTimeout (./late.ts:1:66)\n" in text and "node:" not in text
    text = shared.run("void later(); await new Promise((r) => setTimeout(r, 60))").text("stderr")
    assert "RangeError: later\n    at later (./late.ts:4:9)\n" in text and "node:" not in text
    lines = shared.run("\nawait later()").of("error")[0]["traceback"]
    assert lines[1:3] == ["  2 | await later()", "    | ^"]
    assert lines[3] == "    at later (./late.ts:4:9)" and len(lines) == 5


def test_a_shown_error_has_only_the_users_lines(shared):
    outcome = shared.run("const e = new Error('x', { cause: new TypeError('y') }); e")
    count = outcome.reply["execution_count"]
    assert outcome.result == f"Error: x\n    at In[{count}]:1:11 {{\n  [cause]: TypeError: y\n      at In[{count}]:1:35\n}}"


def test_a_function_as_text(shared):
    code = "const factor = 2; const f = (d: any): any => d.a * factor > 1; class K { m(x: any) { return x / factor } }\n[String(f), String(new K().m)]"
    assert shared.run(code).result == "[ '(d     )      => d.a * factor > 1', 'm(x     ) { return x / factor }' ]"
    assert shared.run("`${Math.max} ${() => 1}`").result == "'function max() { [native code] } () => 1'"


def test_type_checks_by_comment_and_by_tsconfig(fresh, folder):
    wrong = 'const n: number = "s"; n'
    outcome = fresh.run(f"// @nnsight types: warning\n{wrong}")
    count = outcome.reply["execution_count"]
    assert outcome.result == "'s'"
    assert outcome.text("stderr") == (
        f"In[{count}]:2:7 - warning TS2322: Type 'string' is not assignable to type 'number'.\n"
        '  2 | const n: number = "s"; n\n    |       ^\n'
    )
    assert fresh.run(wrong).reply["ename"] == "TypeScriptError"
    outcome = fresh.run(f"// @nnsight types: off\n{wrong}")
    assert outcome.result == "'s'" and outcome.text("stderr") == ""
    write(folder / "tsconfig.json", '{ "compilerOptions": { "noImplicitAny": true }, "nnsight": { "types": "warning" } }')
    try:
        assert "warning TS7006" in fresh.run("function f(x) { return x }").text("stderr")
        assert fresh.run(f"// @nnsight notebook types: error\n{wrong}").status == "error"
    finally:
        (folder / "tsconfig.json").unlink()

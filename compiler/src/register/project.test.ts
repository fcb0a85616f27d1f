import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isOwn } from "../runtime/own.ts";
import { Project } from "./project.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "project-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function compile(name: string, code: string) {
  writeFileSync(join(folder, name), code);
  return new Project(folder).compile(join(folder, name));
}

test("only the project's own TypeScript is compiled", () => {
  expect(isOwn("file:///a/b.ts")).toBe(true);
  expect(["file:///a/b.js", "file:///a/node_modules/b/c.ts", "node:fs"].some(isOwn)).toBe(false);
});

test("a file stays a module; types go, and what may be a tensor is decided at run time", {
  timeout: 60_000,
}, () => {
  writeFileSync(join(folder, "types.ts"), "export interface T { a: number }");
  const { js, map } = compile(
    "main.ts",
    'import type { T } from "./types.ts";\nexport const n = (t: T) => t.a * 2;\nexport const f = (x: any) => x * 2;\n',
  );
  expect(js.trimEnd().split("\n")).toEqual([
    'const __either = globalThis[Symbol.for("nnsight.either")];',
    "export const n = (t) => t.a * 2;",
    "export const f = (x) => __either.mul(x, 2);",
  ]);
  expect(originalPositionFor(new TraceMap(map), { line: 3, column: 24 })).toMatchObject({
    line: 3,
    column: 29,
  });
});

test("a context at the top of a file is guarded to its end", { timeout: 60_000 }, () => {
  const { js } = compile(
    "context.ts",
    "declare const c: AsyncDisposable;\nawait using a = c;\nexport const b = 1;\n",
  );
  expect(js.trimEnd().split("\n").slice(1)).toEqual([
    "await using a = c;",
    "using __guard = __either.guard();",
    "export const b = 1;",
    "__guard.done();",
  ]);
});

test("what cannot be compiled says where", { timeout: 60_000 }, () => {
  const code = "declare const t: { readonly isOperand: true };\nswitch (t) { default: }\n";
  expect(() => compile("switch.ts", code)).toThrow(/switch\.ts:2:9 - A `switch` cannot look at a tensor/);
  expect(() => compile("wrong.ts", "const x = ;")).toThrow(/wrong\.ts:1:11 - Expression expected\./);
});

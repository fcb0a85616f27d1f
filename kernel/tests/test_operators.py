"""Operators, conditions and loops on tensors, in cells, with the library itself."""

import pytest

SETUP = """
import { NNsight, nn, ops, tensor, manualSeed, type Tensor } from "nnsight-ts";
manualSeed(423);
const net = new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) });
const tiny = new NNsight(net);
const x = ops.rand([1, 5]);
const clean = await tiny.trace(x, () => tiny.layer1.output);
const same = (a: Tensor, b: Tensor) => a.sub(b).abs().max().item() < 1e-6;
"""


@pytest.fixture(scope="module")
def cells(shared):
    outcome = shared.run(SETUP)
    assert outcome.status == "ok", outcome.traceback
    return shared


def result(session, code):
    outcome = session.run(code)
    assert outcome.status == "ok", outcome.traceback
    return outcome.result


def error(session, code):
    outcome = session.run(code)
    assert outcome.status == "error"
    return outcome.traceback


CONCRETE = {
    "t * 2 + 1": "tensor([ 3., -3.,  7.])",
    "2 - t": "tensor([ 1.,  4., -1.])",
    "1 / t": "tensor([ 1.0000, -0.5000,  0.3333])",
    "2 ** t": "tensor([2.0000, 0.2500, 8.0000])",
    "-t % 4": "tensor([3., 2., 1.])",
    "0 < t": "tensor([ True, False,  True])",
    "t == 1": "tensor([ True, False, False])",
    "t != 1": "tensor([False,  True,  True])",
    "let u = t.clone(); u *= 2; u[0] = 5; u[1] += 1; u": "tensor([ 5., -3.,  6.])",
    "const f = (v) => v * 2 + 1; f(t)": "tensor([ 3., -3.,  7.])",
    "'it is ' + t + '!'": "'it is tensor([ 1., -2.,  3.])!'",
    "t.sum() > 1 ? 'big' : 'small'": "'big'",
    "let best = t[0].item(); best = 0; best": "0",
    "const big: boolean = t[2].item() > 1; big": "true",
    "2 * t[2].item() - 1": "5",
    'let s = t.clone(); s["1:"] = tensor([8, 9]); s[":2"]': "tensor([1., 8.])",
}


def test_a_module_has_a_name_in_errors(cells):
    assert "does not exist on type 'Envoy<Linear>'. Did you mean 'output'?" in error(cells, "tiny.layer1.outptu")


@pytest.mark.parametrize("code", CONCRETE)
def test_concrete(cells, code):
    assert result(cells, "const t = tensor([1, -2, 3]); " + code) == CONCRETE[code]


LAZY = {
    "operators": """
        let h: Tensor;
        { await using tr = tiny.trace(x); h = (2 * tiny.layer1.output - 1).save(); }
        same(h, clean.mul(2).sub(1))""",
    "an edge is written with an operator": """
        let h: Tensor;
        { await using tr = tiny.trace(x); tiny.layer1.output *= 2; h = tiny.layer1.output.save(); }
        same(h, clean.mul(2))""",
    "a place is written with a number": """
        const h = await tiny.trace(x, () => { const o = tiny.layer1.output; o[0] = 5; return o; });
        same(h, ops.full([1, 10], 5))""",
    "if": """
        const [a, b] = await tiny.trace(x, () => {
          const o = tiny.layer1.output;
          let a = o, b: Tensor | number = 0;
          if (o.sum() > 0) { a = o * 2; b = 1; } else { a = o - 1; b = -1; }
          return [a, b] as const;
        });
        const positive = clean.sum().item() > 0;
        same(a, positive ? clean.mul(2) : clean.sub(1)) && (b as Tensor).item() === (positive ? 1 : -1)""",
    "properties and tuples": """
        const [a, b, o] = await tiny.trace(x, () => {
          const o = { a: tiny.layer1.output, list: [1 as Tensor | number] };
          const { list } = o;
          if (o.a.sum() < 1000) { o.a = o.a * 2; list[0] = 7; } else { o.a = o.a * 3; }
          return [o.a, list[0] as Tensor | number, tiny.layer1.output] as const;
        });
        same(a, clean.mul(2)) && (b as Tensor).item() === 7 && same(o, clean)""",
    "if without else": """
        const a = await tiny.trace(x, () => {
          let a = tiny.layer1.output;
          if (a.sum() > 1000) a = a * 2;
          return a;
        });
        same(a, clean)""",
    "only the taken branch writes an edge": """
        const [a, b] = await tiny.trace(x, () => {
          if (tiny.layer1.output.sum() < 1000) { tiny.layer2.output[0] = 0; } else { tiny.layer2.output[0] = 1; }
          return [tiny.layer1.output, tiny.layer2.output];
        });
        same(b, ops.zeros([1, 10]))""",
    "else if": """
        const a = await tiny.trace(x, () => {
          const s = tiny.layer1.output.sum();
          let kind: Tensor | number = 0;
          if (s > 1000) kind = 1; else if (s > -1000 && s < 1000) kind = 2; else kind = 3;
          return kind;
        });
        (a as Tensor).item() === 2""",
    "a choice": """
        const a = await tiny.trace(x, () => (tiny.layer1.output.sum() > -1000 ? 1 : -1));
        a.item() === 1""",
    "S27: a loop over a lazy list, nested": """
        const l2 = await tiny.session((s) => {
          const li = s.list(); for (const n of [0, 1, 2]) li.append([n]);
          const l2 = s.list();
          for (const item of li) { for (const item2 of item) { l2.append(item2); } }
          return l2;
        });
        (l2 as number[]).join() === "0,1,2" """,
    "a loop over a tensor, with variables and a condition": """
        const [sum, last] = await tiny.trace(x, () => {
          let sum: Tensor | number = 0; let last: Tensor | undefined;
          for (const row of tiny.layer1.output[0]) { if (row > 0) sum = sum + row; last = row; }
          return [sum, last];
        });
        same(sum as Tensor, (clean[0] * (clean[0] > 0)).sum()) && same(last as Tensor, clean[0].at(-1))""",
    "lazy values that are no tensors": """
        const [a, b, c] = await tiny.trace(x, (tr) => {
          const six = (tr as any).apply(Number, 6);
          let b = six; if (six % 2 == 0) { b = 10 - six; } else { b = 0; }
          return [six * 2, b, !(six > 7) && six];
        });
        [a, b, c].map((each: any) => each.value ?? each).join() === "12,4,6" """,
    "numbers of the run": """
        const [a, b] = await tiny.trace(x, () => {
          const n = tiny.layer1.output.sum().item();
          return [2 * n - 1, -n];
        });
        const n = clean.sum().item();
        Math.abs(a - (2 * n - 1)) + Math.abs(b + n) < 1e-5""",
    "not, and, or": """
        const a = await tiny.trace(x, () => {
          const s = tiny.layer1.output.sum();
          return [!(s > 1000), s > 1000 || s > -1000, s > 1000 && s > -1000];
        });
        a.map((each) => each.item()).join() === "true,true,false" """,
}


@pytest.mark.parametrize("name", LAZY)
def test_lazy(cells, name):
    assert result(cells, LAZY[name]) == "true"


REFUSED = {
    "t * 'x'": "In[",
    "switch (t) { default: }": "A `switch` cannot look at a tensor",
    "const m = t as Tensor | undefined; if (m) { 1 }": "This tensor may be missing",
    "if (t > 0) { 1 }": "Boolean value of Tensor with more than one value is ambiguous",
    "await tiny.trace(x, () => { while (tiny.layer1.output.sum() > 0) { break } })": "`while` cannot go by it",
    "await tiny.trace(x, () => { if (tiny.layer1.output.sum() > 0) { return 1 } return 2 })": "with `return` in it",
    "await tiny.trace(x, () => { const all = [...tiny.layer1.output]; })": "Loop over it with `tracer.iter",
    "await tiny.session((s) => { const l = s.list(); const all = [...l]; })": "Loop over it with `tracer.iter",
    "await tiny.session((s) => { for (const a of s.list()) { if (1) break; } })": "a `for` without break",
    "await tiny.session((s) => { let n = 0; for (const a of s.list()) { n = n + 1; } })": "let n: Tensor | number",
    "await tiny.trace(x, (tr) => { while ((tr as any).apply(Number, 1)) { } })": "`while` cannot go by it",
    "await tiny.trace(x, () => { let a: unknown = {}; if (tiny.layer1.output.sum() > 0) a = { b: 1 }; })": "the variable 'a' is an object",
    "await tiny.trace(x, () => { let a = 0; if (tiny.layer1.output.sum() > 0) a = 1; })": "let a: Tensor | number",
}


@pytest.mark.parametrize("code", REFUSED)
def test_refused(cells, code):
    assert REFUSED[code] in error(cells, "const t = tensor([1, 2]); " + code)


def test_an_error_points_to_the_users_line(cells):
    assert "In[" in error(cells, "const t = tensor([1, 2]);\nif (t > 0) { 1 }").split("\n")[1:][-1]
    assert "compiler/dist" not in error(cells, "const f = (v) => v + tensor([1, 2]);\nf(tensor([1, 2, 3]))")


def test_a_throw_in_a_block_stops_the_trace(cells):
    code = """let h: Tensor | undefined;
try { await using tr = tiny.trace(x); h = tiny.layer1.output.save(); throw new RangeError("mine"); } catch (error) {}
h!.data"""
    assert "RangeError: mine" in error(cells, code)


def test_a_result_is_completed_as_a_tensor(cells):
    content = {"code": "(x * 2).softm", "cursor_pos": 13}
    assert "softmax" in cells.ask("complete_request", content)["matches"]


def test_files_beside_the_notebook_are_compiled_as_well(cells, folder):
    (folder / "scaled.ts").write_text(
        'import type { Tensor } from "nnsight-ts";\n'
        "interface Gone {\n  a: number;\n}\n"
        "export function scaled(t: Tensor): Tensor {\n  if (t.sum() < 1000) t = t * 2;\n  return t;\n}\n"
        "export const added = (a: any, b: any) => a + b;\n"
    )
    code = 'import { added, scaled } from "./scaled.ts"; same(await tiny.trace(x, () => scaled(tiny.layer1.output)), clean * 2)'
    assert result(cells, code) == "true"
    assert "scaled.ts:9:" in error(cells, "added(tensor([1, 2]), tensor([1, 2, 3]))")

/** The text form of programs: what a person reads, and that it reads back as the same program. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { intercept, programsOf, runAsText } from "../../../../tests/core/programs.ts";
import { mapTree } from "../../base/tree.ts";
import * as nnsight from "../../index.ts";
import { manualSeed, NNsight, nn, ops, Tensor, tensor } from "../../index.ts";
import type { Host } from "../../tensor/host.ts";
import { Builder } from "../builder.ts";
import type { Constant } from "../node.ts";
import { nothing } from "../program.ts";
import { parse } from "./parse.ts";
import { print } from "./print.ts";

manualSeed(423);
const net = new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) });
const tiny = new NNsight(net);
const input = ops.rand([1, 5]);

/** Programs of the two documents; each is written again for each run. */
const seeds = {
  /** S0, S1 */
  "a trace": () =>
    tiny.trace(input, () => {
      const scale = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      tiny.layer2.input = tiny.layer1.output.mul(scale).add(0.1);
      tiny.layer1.output[0]!.fill(0);
      return { best: tiny.output.topk(2, -1), first: tiny.layer2.inputs[0][0] };
    }),
  /** S3, S6, S7, S8 */
  "host steps": () =>
    tiny.trace(input, (tracer) => {
      const hidden = tiny.layer1.output;
      const list = nnsight.list([nnsight.int(5), "five"]);
      list.append(hidden.sum());
      const total = tracer.apply((t: Tensor, { by }: { by: number }) => t.sum().item() * by, hidden, {
        by: 2,
      });
      tracer.log("total: ", total, [list]);
      hidden.stop();
      return { list, total };
    }),
  /** Swap between invokes, by rows. */
  invokes: () =>
    tiny.trace((tracer) => {
      const a = tracer.invoke(input, () => tiny.layer1.output);
      return tracer.invoke([[1, 2, 3, 4, 5]], () => {
        tiny.layer1.output = a;
        return tiny.output;
      });
    }),
  /** S10 to S13 */
  conditions: () =>
    tiny.trace(input, (tracer) => {
      const hidden = tiny.layer1.output;
      tracer.cond(
        ops.all(hidden.ne(1)),
        () => {
          tracer.cond(hidden.sum().gt(-100), () => tracer.log("positive"));
          tiny.layer1.output = hidden.mul(2);
        },
        () => void tracer.log("negative"),
      );
      return tiny.output;
    }),
  /** S18, S19 */
  "a session": () =>
    tiny.session((s) => {
      const hidden = s.trace(tiny, input, () => tiny.layer1.output);
      const out = s.trace(tiny, input, () => {
        tiny.layer1.output = hidden.mul(2);
        return tiny.output;
      });
      s.log("-- Early Stop --");
      s.exit();
      return out;
    }),
  /** S20, S24, 3-TI13 */
  loops: () =>
    tiny.session((s) => {
      const sum = nnsight.int(0);
      const all = s.iter([0, 1, 2, 3], (item, iterator) => {
        sum.update(sum.add(item));
        iterator.cond(item.eq(2), () => iterator.exit());
        return s.iter([1, 2], (factor) =>
          s.trace(tiny, input, () => {
            tiny.layer1.output = tiny.layer1.output.mul(factor);
            return tiny.output;
          }),
        );
      });
      return { sum, all };
    }),
  /** S14 */
  "an edit": async () => {
    const edited = await tiny.edit(() => void tiny.layer1.output[0]!.fill(0));
    return edited.session((s) => {
      s.trace(edited, input, () => edited.layer2.output.sum());
      return s.trace(edited, input, () => edited.layer2.input);
    });
  },
} satisfies Record<string, () => PromiseLike<unknown>>;

/** What a run gave, with arrays in place of tensors. */
const plainly = (result: unknown): unknown =>
  mapTree(
    result,
    (x): x is Tensor => x instanceof Tensor,
    (x) => x.toArray(),
  );

const bytesOf = ({ data }: Host): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

let lines: unknown[] = [];
beforeEach(() => void vi.spyOn(console, "log").mockImplementation((line) => void lines.push(line)));
afterEach(() => {
  vi.restoreAllMocks();
  lines = [];
});

describe.each(Object.entries(seeds))("%s", (_, run) => {
  test("is printed for people", async () => {
    const [program] = await programsOf(run);
    expect(print(program!, { lines: false }).text).toMatchSnapshot();
  });

  test("reads back as the same program: it prints the same, and gives the same", async () => {
    const plain = plainly(await run());
    const logged = lines.splice(0);
    const restore = intercept(async (program, request, backend) => {
      const [text, again] = await runAsText(program, request, backend);
      expect(again).toBe(text);
    });
    try {
      expect(plainly(await run())).toEqual(plain);
      expect(lines).toEqual(logged);
    } finally {
      restore();
    }
  });
});

describe("what the text says", () => {
  const again = (text: string): string => print(parse(text, none).program).text;
  const none = {
    fns: new Map(),
    tensors: new Map(),
    functions: new Map(),
    values: new Map(),
    regions: new Map(),
  };

  test("numbers come back bit for bit, the shortest that do", () => {
    const floats = [0.1, -0, 1e-45, 3.4028235e38, 1 / 3, Number.NaN, Number.NEGATIVE_INFINITY, 16777217];
    for (const dtype of ["float32", "float64", "float16", "bfloat16"] as const) {
      const host = tensor(floats, { dtype }).state as Host;
      const builder = new Builder();
      builder.constant(host);
      const { text } = print({ id: "0", root: nothing, nodes: builder.nodes, touches: [], saves: [] });
      const { value } = parse(text, none).program.nodes[0] as Constant;
      expect(bytesOf(value)).toEqual(bytesOf(host));
    }
    expect(again("program {\n  %0: float32[2] = constant [0.1, -0]\n}")).toContain("[0.1, -0]");
    expect(again("program {\n  %0: int64[1] = constant [9223372036854775807]\n}")).toContain(
      "[9223372036854775807]",
    );
  });

  test.each([
    [
      "program {\n  %0: float32[] = add %1, %1\n}",
      "line 2, column 23 of the program: %1 is not made before it is used",
    ],
    ["program {\n  %0: float32[] = gelo 1:float32\n}", "there is no op 'gelo'"],
    [
      "program {\n  %0: float32[2] = neg 1:float32\n}",
      "neg gives float32[], but it is said to give float32[2]",
    ],
    ["program {\n  %0: float31[] = neg 1:float32\n}", "'float31' is no dtype"],
    ["program on @Net {\n}", "'@Net' is not among the references"],
    ["program {\n  %0: float32[] = hook layer1.output\n}", "the model has no call for 'layer1.output'"],
    ["program {\n  %0 = neg 1:float32\n}", "its type is missing"],
    ["program {\n  save 1\n}", "the name of a value is expected"],
    ["program {\n", "a statement is expected, at the end"],
  ])("%j is refused", (text, problem) => {
    expect(() => parse(text, none)).toThrow(problem);
  });
});

test("a tracer shows what it has written so far, and after the run what it ran", async () => {
  const shown: string[] = [];
  let tracer!: nnsight.Tracer;
  await tiny.trace((t) => {
    tracer = t;
    shown.push(String(t));
    t.invoke(input, () => tiny.layer1.output.save());
    shown.push(String(t));
  });
  expect(shown[0]).toBe("program {\n}");
  expect(shown[1]).toMatch(/hook layer1.output +# text.test.ts:\d+:\d+\n {2}%1: .* = narrow %0/);
  expect(String(tracer)).toBe(shown[1]);
});

test("printing a session while it is written takes nothing from it", async () => {
  const out = await tiny.session((s) => {
    const sum = nnsight.int(0);
    s.iter([1, 2], (item) => {
      s.iter([1], () => void sum.update(sum.add(item)));
      String(s);
    });
    const hidden = s.trace(tiny, input, () => tiny.layer1.output);
    expect(String(s)).toContain("next %");
    return { sum, hidden };
  });
  expect([out.sum, out.hidden.shape]).toEqual([3, [1, 10]]);
});

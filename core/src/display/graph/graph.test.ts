/** Programs as pictures: what is in them, and the picture itself as a file to look at. */
import { expect, test } from "vitest";
import * as nnsight from "../../index.ts";
import { manualSeed, NNsight, nn, ops, type Picture, type Tensor } from "../../index.ts";
import { GRAPH_MIME, type GraphNode } from "../index.ts";

class Block extends nn.Module {
  norm = new nn.RMSNorm(4);
  mlp = new nn.Linear(4, 4);
  forward(x: Tensor): [Tensor] {
    return [x.add(this.mlp(this.norm(x)))];
  }
}

class Net extends nn.Module {
  embed = new nn.Linear(3, 4);
  layers = new nn.ModuleList(Array.from({ length: 6 }, () => new Block()));
  head = new nn.Linear(4, 2);
  forward(x: Tensor): Tensor {
    let hidden = this.embed(x);
    for (const layer of this.layers) [hidden] = layer(hidden) as unknown as [Tensor];
    return this.head(hidden);
  }
}

manualSeed(423);
const model = new NNsight(new Net());
const input = ops.rand([2, 3]);

async function drawn(body: (tracer: nnsight.Tracer) => void): Promise<Picture> {
  let picture!: Picture;
  await model.trace(input, (tracer) => {
    body(tracer);
    picture = tracer.vis();
  });
  return picture;
}

/** Reads, changes and saves in block 3, under a condition. */
const steer = (tracer: nnsight.Tracer): void => {
  const mlp = model.layers[3]!.mlp;
  tracer.cond(mlp.output.sum().gt(0), () => {
    mlp.output = mlp.output.mul(2);
  });
  model.layers[3]!.output[0].save();
};

const brief = ({ kind, label, detail = "" }: GraphNode): string => `${kind} ${label} ${detail}`.trim();

test("modules and steps in the order of the run, as far as they are touched", async () => {
  const { graph } = await drawn(steer);
  expect(graph.nodes.map(brief)).toEqual([
    "module embed Linear · 3 → 4",
    "module layers.0–2 ×3  Block",
    "module norm RMSNorm · 4",
    "module mlp Linear · 4",
    "read layers.3.mlp.output",
    "op sum",
    "op gt 0",
    "condition if",
    "op mul 2",
    "merge either",
    "write layers.3.mlp.output",
    "module output",
    "read layers.3.output[0]",
    "module layers.4–5 ×2  Block",
    "module head Linear · 4 → 2",
  ]);
  expect(graph.nodes.flatMap((node) => (node.skipped ? [node.label] : []))).toEqual(["layers.4–5", "head"]);
  expect(graph.nodes.flatMap((node) => (node.saved ? [node.label] : []))).toEqual(["layers.3.output[0]"]);
  expect(graph.groups).toEqual([{ id: 0, kind: "module", label: "layers.3" }]);
  const label = (id: number): string => graph.nodes[id]!.label;
  expect(graph.edges.map(({ from, to, kind }) => `${label(from)} ${kind} ${label(to)}`)).toContain(
    "either value layers.3.mlp.output",
  );
  expect(graph.nodes[8]!.branches).toEqual([{ condition: 7, want: true }]);
});

test("the picture", async () => {
  const { svg } = await drawn(steer);
  const still = svg.replaceAll(/graph\.test\.ts:\d+/g, "graph.test.ts");
  await expect(still).toMatchFileSnapshot("__snapshots__/trace.svg");
});

test("the picture of a session, with a loop", async () => {
  let svg = "";
  await model.session((s) => {
    const hidden = s.trace(model, input, () => model.layers[1]!.output[0]);
    s.iter([1, 2], (item, iterator) => {
      iterator.cond(item.eq(2), () => iterator.exit());
      s.trace(model, input, () => {
        model.layers[3]!.output[0] = hidden.mul(item);
        model.output.save();
      });
    });
    svg = s.vis().svg;
  });
  await expect(svg.replaceAll(/graph\.test\.ts:\d+/g, "graph.test.ts")).toMatchFileSnapshot(
    "__snapshots__/session.svg",
  );
});

test("a notebook gets the graph, the picture and the text", async () => {
  const picture = await drawn(steer);
  const bundle = (picture as unknown as Record<symbol, () => Record<string, unknown>>)[
    Symbol.for("Jupyter.display")
  ]!();
  expect(Object.keys(bundle)).toEqual([GRAPH_MIME, "image/svg+xml", "text/plain"]);
  expect(bundle["text/plain"]).toContain("write layers.3.mlp.output = ");
  expect(JSON.parse(JSON.stringify(bundle[GRAPH_MIME]))).toEqual(picture.graph);
});

test("a long program is cut to 64 KB, and the rest counted", async () => {
  const { graph, svg } = await drawn(() => {
    let x = model.embed.output;
    for (let i = 0; i < 600; i++) x = x.add(i);
    x.save();
  });
  expect(new TextEncoder().encode(JSON.stringify(graph)).length).toBeLessThanOrEqual(64 * 1024);
  expect(graph.nodes.length + graph.left).toBe(604);
  expect(graph.edges.every(({ to }) => graph.nodes.some(({ id }) => id === to))).toBe(true);
  expect(svg).toContain(`and ${graph.left} more lines, which are not shown`);
});

test("names are written as text, whatever they hold", async () => {
  const { svg } = await drawn((tracer) => tracer.log('<b>&"'));
  expect(svg).toContain("log");
  expect(svg).toContain("&lt;b&gt;&amp;");
  expect(svg).not.toMatch(/<b>|NaN|undefined/);
});

test("a model shows its modules, and what is edited", async () => {
  const edited = await model.edit(() => {
    model.layers[2]!.output[0] = model.layers[2]!.output[0].mul(2);
  });
  expect(edited.vis().graph.nodes.map(brief)).toEqual([
    "module embed Linear · 3 → 4",
    "module layers.0–1 ×2  Block",
    "module layers.2 Block · 4",
    "read layers.2.output[0]",
    "op mul 2",
    "write layers.2.output[0]",
    "module layers.3–5 ×3  Block",
    "module head Linear · 4 → 2",
  ]);
  expect(model.vis().graph.nodes.map(brief)).toEqual([
    "module embed Linear · 3 → 4",
    "module layers.0–5 ×6  Block",
    "module head Linear · 4 → 2",
  ]);
  expect(model.vis().graph.name).toBe("NNsight");
  expect(nnsight.openContexts()).toEqual([]);
});

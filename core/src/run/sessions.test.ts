/** Warm sessions: shared by key, bounded in number. */
import { expect, test } from "vitest";
import type { Compiled } from "../compile/emit.ts";
import { keyOf } from "../compile/key.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import { scalar } from "../tensor/host.ts";
import { Sessions } from "./sessions.ts";
import { toHost, toRuntime } from "./values.ts";

/** x + addend, with the addend in the graph. */
function adding(addend: number): Compiled {
  const builder = new GraphBuilder();
  const x = builder.input("x", "float32", []);
  const sum = builder.node("Add", [x, builder.constant(scalar(addend, "float32"))]);
  builder.output(sum, "float32", []);
  const graph = builder.graph();
  return {
    graph,
    key: keyOf(graph),
    inputs: [x],
    outputs: [sum],
    feeds: builder.feeds,
    pasts: [],
    lasting: false,
  };
}

async function run(sessions: Sessions, addend: number): Promise<number> {
  const compiled = adding(addend);
  const session = await sessions.get(compiled);
  const made = await session.run({ x: toRuntime(scalar(1, "float32")) });
  return Number(toHost(made[compiled.outputs[0]!]!).data[0]);
}

test("equal structures share one session", async () => {
  const sessions = new Sessions();
  expect(await sessions.get(adding(1))).toBe(await sessions.get(adding(1)));
  expect(await sessions.get(adding(2))).not.toBe(await sessions.get(adding(1)));
  expect(sessions.size).toBe(2);
});

test("no more are kept than allowed, the latest used ones, and all still give the right numbers", async () => {
  const sessions = new Sessions(3);
  for (let round = 0; round < 2; round++)
    for (let addend = 0; addend < 8; addend++) expect(await run(sessions, addend)).toBe(1 + addend);
  expect(sessions.size).toBe(3);
  const kept = await sessions.get(adding(7));
  await sessions.get(adding(100));
  expect(await sessions.get(adding(7))).toBe(kept);
});

test("a graph that is refused is not kept", async () => {
  const builder = new GraphBuilder();
  builder.output(builder.node("NoSuchOperator", [builder.input("x", "float32", [])]), "float32", []);
  const graph = builder.graph();
  const sessions = new Sessions();
  const wrong: Compiled = {
    graph,
    key: keyOf(graph),
    inputs: ["x"],
    outputs: [],
    feeds: new Map(),
    pasts: [],
    lasting: false,
  };
  await expect(sessions.get(wrong)).rejects.toThrow("NoSuchOperator");
  expect(sessions.size).toBe(0);
});

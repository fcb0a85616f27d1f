/** Calls of one part of the model on several values run as rows of one, with the values that they have one by one. */
import { afterEach, expect, test } from "vitest";
import { smallLlama } from "../../goldens/small.ts";
import { CONFIG, LanguageModel, type Tensor } from "../index.ts";

const lm = LanguageModel.random({ ...smallLlama, num_hidden_layers: 4, initializer_range: 0.3 });
const ids = [3, 7, 1, 30, 22];
const head = (hidden: Tensor): Tensor => lm.lm_head(lm.model.norm(hidden));

afterEach(() => {
  CONFIG.APP.MEMO = true;
});

async function reported(body: () => Tensor[]): Promise<[Tensor[], (string | undefined)[]]> {
  const tracer = lm.trace(ids);
  const made = body().map((one) => one.save());
  await tracer.close();
  const pieces = tracer.report().pieces.filter(({ piece }) => /norm|lm_head/.test(piece));
  return [made, pieces.map(({ piece, shared }) => `${piece} ${shared ?? 1}`)];
}

test.each([true, false])("a lens over all blocks runs norm and head once, with the memo %s", async (memo) => {
  CONFIG.APP.MEMO = memo;
  const [lens, pieces] = await reported(() =>
    lm.model.layers.map((layer) => head(layer.output[0].at(":", "-1:"))),
  );
  expect(pieces).toEqual([...Array(4).fill("model.norm 4"), ...Array(4).fill("lm_head 4")]);
  for (const [i, layer] of [...lm.model.layers].entries()) {
    const [alone] = (await reported(() => [head(layer.output[0].at(":", "-1:"))]))[0];
    expect(lens[i]!.sub(alone!).abs().max().item()).toBeLessThan(1e-5);
  }
});

test("a call whose result is read before the next one stays where it is", async () => {
  const twice = (): Tensor[] => {
    const first = lm.model.norm(lm.model.layers[0]!.output[0]);
    lm.model.layers[2]!.output[0].add_(first);
    return [lm.model.norm(lm.model.norm(first)), lm.output.logits];
  };
  const [made] = await reported(twice);
  CONFIG.APP.MEMO = false;
  const [hidden] = (await reported(() => [lm.model.layers[0]!.output[0]]))[0];
  const [[first]] = await reported(() => [lm.model.norm(lm.model.layers[0]!.output[0])]);
  const [[third]] = await reported(() => {
    lm.model.layers[0]!.output[0] = hidden!;
    const one = lm.model.norm(lm.model.layers[0]!.output[0]);
    return [lm.model.norm(lm.model.norm(one))];
  });
  const [[logits]] = await reported(() => {
    lm.model.layers[2]!.output[0].add_(first!);
    return [lm.output.logits];
  });
  expect(made[0]!.sub(third!).abs().max().item()).toBeLessThan(1e-5);
  expect(made[1]!.sub(logits!).abs().max().item()).toBeLessThan(1e-5);
});

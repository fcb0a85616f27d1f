/** Custom envoys: names of one's own, typed, by class, path and the end of a path. */
import { beforeEach, expect, test, vi } from "vitest";
import { smallLlama } from "../../goldens/small.ts";
import { LanguageModel, NNsight, nn, resetContexts, type Tensor } from "../index.ts";

beforeEach(() => resetContexts());

const config = { ...smallLlama, num_key_value_heads: 4 } as const;
const ids = [3, 1, 4];

/** The outputs of the heads, one by one. */
const heads = (attention: { o_proj: { input: Tensor } }) => ({
  get heads(): Tensor[] {
    return [0, 1, 2, 3].map((head) => attention.o_proj.input.at(":", ":", `${4 * head}:${4 * head + 4}`));
  },
  get merged(): Tensor {
    return attention.o_proj.input.unflatten(-1, [4, 4]);
  },
  set merged(value: Tensor) {
    attention.o_proj.input = value.flatten(2, 3);
  },
});

test("a view is read, written into and assigned, in edited copies, too", async () => {
  const lm = LanguageModel.random(config, { envoys: { self_attn: heads } });
  const attention = lm.model.layers[1]!.self_attn;
  const { one, all } = await lm.trace(ids, () => ({ one: attention.heads[2]!, all: attention.o_proj.input }));
  expect(one.toArray()).toEqual(all.at(":", ":", "8:12").toArray());
  const erased = await lm.trace(ids, () => {
    attention.heads[2]!.fill(0);
    return attention.o_proj.input;
  });
  expect(Number(erased.at(":", ":", "8:12").abs().max().item())).toBe(0);
  expect(erased.at(":", ":", ":8").toArray()).toEqual(all.at(":", ":", ":8").toArray());
  const doubled = await lm.trace(ids, () => {
    attention.merged = attention.merged.mul(2);
    return attention.o_proj.input;
  });
  expect(doubled.toArray()).toEqual(all.mul(2).toArray());
  const edited = await lm.edit(() => void attention.heads[0]!.fill(0));
  const copied = await edited.trace(ids, () => edited.model.layers[1]!.self_attn.heads[0]!);
  expect(Number(copied.abs().max().item())).toBe(0);
});

test("by class and by path; what has no setter cannot be assigned", async () => {
  const net = new NNsight(new nn.Sequential({ layer1: new nn.Linear(2, 3), layer2: new nn.Linear(3, 3) }), {
    envoys: {
      Linear: ({ path }: { path: string }) => ({ name: `linear ${path}` }),
      layer2: () => ({
        get last() {
          return true;
        },
      }),
    },
  });
  expect((net.layer1 as unknown as { name: string }).name).toBe("linear layer1");
  expect(net.layer2.last).toBe(true);
  expect("last" in net.layer1).toBe(false);
  expect(() => {
    (net.layer2 as { last: boolean }).last = false;
  }).toThrow("'last' of layer2 cannot be assigned");
});

test("a name that is taken is refused; a key that means no module is told", () => {
  const make = () => new nn.Sequential({ layer1: new nn.Linear(2, 3) });
  const taken = new NNsight(make(), { envoys: { layer1: () => ({ weight: 1 }) } });
  expect(() => taken.layer1.weight).toThrow("envoys: 'weight' is a name of 'layer1' already");
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  new NNsight(make(), { envoys: { layer7: () => ({}) } });
  expect(warn.mock.calls[0]![0]).toContain("no module is called or of the class 'layer7'; near are");
  warn.mockRestore();
});

/** Planned runs against plain ones: a trace with edits gives what the network gives when it is edited by hand and called. */
import "../../../tests/core/every-program.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { manualSeed, NNsight, nn, ops, type Tensor } from "../index.ts";

class Block extends nn.Module {
  norm = new nn.RMSNorm(6);
  mlp = new nn.Linear(6, 6);
  act = new nn.Tanh();
  forward(x: Tensor): [Tensor] {
    return [x.add(this.act(this.mlp(this.norm(x))))];
  }
}

class Net extends nn.Module {
  embed = new nn.Linear(3, 6);
  layers = new nn.ModuleList([new Block(), new Block(), new Block(), new Block()]);
  head = new nn.Linear(6, 4);
  forward(x: Tensor): Tensor {
    let hidden = this.embed(x);
    for (const layer of this.layers) [hidden] = layer(hidden) as unknown as [Tensor];
    return this.head(hidden);
  }
}

/** Changes of a `[batch, position, 6]` value, lazily and at once by the same code. */
const changes: Record<string, (x: Tensor) => Tensor> = {
  double: (x) => x.mul(2),
  erase: (x) => x.setitem(0, ":", -1),
  shift: (x) => x.add(0.5).sub(x.mean(-1, { keepdim: true })),
  sharpen: (x) => x.softmax(-1).mul(x),
  swap: (x) => ops.cat([x.at("...", "3:"), x.at("...", ":3")], -1),
};

/** A module that gives what another one gives, changed. */
class Changed extends nn.Module {
  constructor(
    readonly original: nn.Module,
    readonly change: (x: Tensor) => Tensor,
  ) {
    super();
  }
  forward(x: Tensor): Tensor {
    return this.change(this.original(x));
  }
}

const part = fc.constantFrom("norm", "mlp", "act");
const edit = fc.record({ layer: fc.nat(3), part, change: fc.constantFrom(...Object.keys(changes)) });
const edits = fc.uniqueArray(edit, { maxLength: 4, selector: ({ layer, part }) => `${layer}.${part}` });

const difference = (a: Tensor, b: Tensor): number => (a.size ? a.sub(b).abs().max().item() : 0);

test("planned = plain, for any set of edits", async () => {
  await fc.assert(
    fc.asyncProperty(
      edits,
      fc.nat(1000),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 4 }),
      async (chosen, seed, rows, width) => {
        manualSeed(seed);
        const net = new Net();
        const x = ops.randn([rows, width, 3]);
        const model = new NNsight(net);
        const traced = await model.trace(x, () => {
          for (const { layer, part, change } of chosen) {
            const edge = model.layers[layer]![part as "mlp"];
            edge.output = changes[change]!(edge.output);
          }
          return { out: model.output, inner: model.layers[2]!.output[0] };
        });
        for (const { layer, part, change } of chosen) {
          const block = net.layers[layer] as unknown as Record<string, nn.Module>;
          block[part] = new Changed(block[part]!, changes[change]!);
        }
        expect(difference(traced.out, net(x))).toBeLessThan(2e-5);
      },
    ),
    { numRuns: 40 },
  );
});

test("a batch of invokes = each by itself", async () => {
  manualSeed(7);
  const model = new NNsight(new Net());
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          rows: fc.integer({ min: 1, max: 3 }),
          layer: fc.nat(3),
          change: fc.constantFrom(...Object.keys(changes)),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      async (invokes) => {
        const inputs = invokes.map(({ rows }) => ops.randn([rows, 2, 3]));
        const body = ({ layer, change }: (typeof invokes)[number]): Tensor => {
          const edge = model.layers[layer]!.mlp;
          edge.output = changes[change]!(edge.output);
          return model.output;
        };
        const together = await model.trace((tracer) =>
          invokes.map((one, i) => tracer.invoke(inputs[i], () => body(one))),
        );
        for (const [i, one] of invokes.entries())
          expect(difference(together[i]!, await model.trace(inputs[i], () => body(one)))).toBeLessThan(2e-5);
      },
    ),
    { numRuns: 25 },
  );
});

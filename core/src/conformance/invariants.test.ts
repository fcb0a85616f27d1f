/** What must hold for any prompt and any place: a run patched into itself, skip, and generation step by step. */
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { smallLlama } from "../../goldens/small.ts";
import { LanguageModel, resetContexts, type Tensor } from "../index.ts";

beforeEach(() => resetContexts());

const lm = LanguageModel.random({ ...smallLlama, num_hidden_layers: 3 }, { seed: 9 });
const { layers } = lm.model;
const ids = fc.array(fc.nat(39), { minLength: 1, maxLength: 6 });
const layer = fc.nat(2).map((i) => layers[i]!);
const parts = { attention: "self_attn", mlp: "mlp", norm: "input_layernorm" } as const;
const inside = fc.constantFrom(...Object.values(parts));
const numbers = (x: Tensor): number[] => [...x.data].map(Number);
const logits = (prompt: readonly number[]): Promise<Tensor> => lm.trace([...prompt], () => lm.output.logits);

test("patching a run into itself changes nothing: no bit of a block's output, and what is inside one to rounding", () =>
  fc.assert(
    fc.asyncProperty(ids, layer, fc.nat(), inside, async (prompt, block, at, name) => {
      const plain = await logits(prompt);
      const part = block[name] as { output: Tensor | [Tensor] };
      const partOf = (): Tensor => (Array.isArray(part.output) ? part.output[0] : (part.output as Tensor));
      const own = await lm.trace([...prompt], () => block.output[0]);
      const inner = await lm.trace([...prompt], () => partOf());
      const position = at % prompt.length;
      const patched = await lm.trace([...prompt], () => {
        block.output[0].set([":", position], own.at(":", position));
        return lm.output.logits;
      });
      expect(numbers(patched)).toEqual(numbers(plain));
      const within = await lm.trace([...prompt], () => {
        partOf().set([":", position], inner.at(":", position));
        return lm.output.logits;
      });
      // Within an opened block operators are fused otherwise, which moves the last bits.
      expect(Number(within.sub(plain).abs().max().item())).toBeLessThan(1e-5);
    }),
    { numRuns: 15 },
  ));

test("to skip a block is to replace its output", () =>
  fc.assert(
    fc.asyncProperty(
      ids,
      layer,
      fc.double({ min: -2, max: 2, noNaN: true }),
      async (prompt, block, factor) => {
        const [skipped, replaced] = [
          await lm.trace([...prompt], () => {
            block.skip(block.input.mul(factor));
            return lm.output.logits;
          }),
          await lm.trace([...prompt], () => {
            block.output[0] = block.input.mul(factor);
            return lm.output.logits;
          }),
        ];
        expect(numbers(skipped)).toEqual(numbers(replaced));
      },
    ),
    { numRuns: 15 },
  ));

test("to generate step by step is to generate in one go, with a change at every step, too", () =>
  fc.assert(
    fc.asyncProperty(
      ids,
      layer,
      fc.integer({ min: 2, max: 4 }),
      fc.boolean(),
      async (prompt, block, count, changed) => {
        const generate = (from: readonly number[], maxNewTokens: number): Promise<Tensor> =>
          lm.generate([...from], { maxNewTokens, eos: [] }, (tracer) => {
            if (changed) tracer.iter.all(() => void block.output[0].at(":", -1).mul_(1.5));
            return lm.generator.output;
          });
        const whole = numbers(await generate(prompt, count));
        const own = numbers(await generate(prompt, 1));
        expect(whole.slice(0, own.length)).toEqual(own);
        const first = await lm.generate([...prompt], { maxNewTokens: count, eos: [] }, (tracer) => ({
          steps: tracer.iter.all(() => lm.lm_head.output.at(0, -1)),
          output: lm.generator.output,
        }));
        let known = [...prompt];
        for (const step of first.steps) {
          const next = await logits(known);
          const apart = next.at(0, -1).sub(step).abs().max().item();
          expect(Number(apart)).toBeLessThan(1e-5);
          known = numbers(first.output).slice(0, known.length + 1);
        }
      },
    ),
    { numRuns: 10 },
  ));

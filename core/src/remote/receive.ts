/** Runs what a client has submitted, on models that are held here. */
import { ValueError } from "../base/errors.ts";
import { leavesOf, mapTree } from "../base/tree.ts";
import { type Cost, costOf } from "../compile/estimate.ts";
import type { Made, Result } from "../ir/node.ts";
import type { Named } from "../ir/text/references.ts";
import type { Limits } from "../ir/verify.ts";
import type { Hosted } from "../model/hosted.ts";
import { isType, recordRoot } from "../nn/record.ts";
import type { Backend } from "../run/backend.ts";
import { Exit } from "../run/regions.ts";
import { type Host, isHost } from "../tensor/host.ts";
import { defaultGenerator } from "../tensor/random.ts";
import { readLate } from "../trace/invokes.ts";
import { formatLog } from "../trace/log.ts";
import { itemsOf } from "../trace/loop.ts";
import { held } from "../trace/made.ts";
import { runOf, stepNamed, typeGiven } from "../trace/steps.ts";
import { isTensor, Tensor } from "../trace/tensor.ts";
import { decode, type Received, type Receiver, strict } from "../wire/decode.ts";
import { type Outcome, outcomeBytes } from "./outcome.ts";
import { plainLeaves } from "./plain.ts";
import { submitted } from "./submission.ts";

/** A submission that was found to be right. */
export interface Admitted extends Received {
  readonly generator: Float64Array | undefined;
  readonly finished: Map<string, Named>;
}

export interface Admission extends Limits {
  /** Turns of one loop. */
  readonly turns: number;
  /** Bytes of the values that are saved, as far as they are known before the run. */
  readonly saved: number;
  /** Operations, as far as they are known before the run. */
  readonly flops: number;
}

export const defaultAdmission: Admission = { ...strict, turns: 1000, saved: 256 * 2 ** 20, flops: 1e15 };

/** @throws NNsightError for what is no program, what the models do not have, and what is beyond the limits */
export function admit(
  bytes: Uint8Array,
  models: ReadonlyMap<string, Hosted>,
  limits: Admission = defaultAdmission,
): Admitted {
  const { form, tensors, generator } = submitted(bytes);
  const finished = new Map<string, Named>();
  return { ...decode(form, tensors, receiver(models, finished, limits), limits), generator, finished };
}

/** Refuses what would cost too much, as far as that is known before the run; gives what it will cost. @throws ValueError */
export function requireCheap(
  { program, inputs }: Pick<Admitted, "program" | "inputs">,
  { saved, flops }: Pick<Admission, "saved" | "flops">,
): Cost {
  const cost = costOf(program, inputs);
  if (cost.bytes > saved)
    throw new ValueError(
      `the values that are saved have ${cost.bytes} bytes; ${saved} are allowed. Save less, such as \`x.at(0, -1)\`.`,
    );
  if (cost.flops > flops)
    throw new ValueError(
      `the run needs ${cost.flops} operations; ${flops} are allowed. Run it in parts, or on fewer prompts.`,
    );
  return cost;
}

/**
 * Runs it. What was made before an error is told to `fail`.
 * @throws what the run raises
 */
export async function runAdmitted(
  { program, inputs, wanted, results, finished, generator }: Admitted,
  backend: Backend,
  log: (line: string) => void,
  fail: (partial: Uint8Array<ArrayBuffer>) => void = () => undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const kept = new Map<Result, Made>();
  const names = new Map([...results].map(([name, result]) => [result, name]));
  if (generator) defaultGenerator.state = generator;
  const outcome = (): Outcome => ({
    kept: chosen(new Map([...kept].map(([result, made]) => [names.get(result)!, made])), wanted),
    finished: new Map([...finished].map(([label, named]) => [label, chosen(named, wanted)])),
    generator: generator && defaultGenerator.state,
  });
  try {
    await backend.run(program, { inputs, kept, onEvent: ({ message }) => log(formatLog(message)) });
  } catch (signal) {
    if (!(signal instanceof Exit)) {
      fail(outcomeBytes(outcome()));
      throw signal;
    }
  }
  return outcomeBytes(outcome());
}

const chosen = (named: Named, wanted: ReadonlySet<string>): Named =>
  new Map([...named].filter(([name]) => wanted.has(name)));

function receiver(
  models: ReadonlyMap<string, Hosted>,
  finished: Map<string, Named>,
  { turns }: Admission,
): Receiver {
  const hosted = (key: string): Hosted => {
    const one = models.get(key);
    if (one) return one;
    throw new ValueError(
      `the model '${key}' is not hosted here. Hosted: ${[...models.keys()].join(", ") || "none"}.`,
    );
  };
  return {
    leaves: plainLeaves,
    held,
    fn({ model, path }, args) {
      const root = hosted(model).module;
      if (path === "") return recordRoot(root, args).fn;
      for (const [at, module] of root.namedModules()) if (at === path) return recordRoot(module, args).fn;
      throw new ValueError(`the model '${model}' has no module '${path}'.`);
    },
    call(step) {
      const type = typeGiven(step);
      return { run: runOf(stepNamed(step)), ...(type && { type }) };
    },
    *items(through, line) {
      let turn = 0;
      for (const item of itemsOf(through, line)) {
        if (turn++ === turns)
          throw new ValueError(
            `the loop at ${line} has more than ${turns} turns, which is the limit of the service.`,
          );
        yield item;
      }
    },
    inputs(model, given, { takes, several }) {
      if (takes === "values")
        return given.flatMap(({ input }) => leavesOf(input, isTensor).map(({ state }) => state as Host));
      const { intake } = hosted(model());
      const portions = given.map(({ input, late }) => {
        const own = mapTree(input, isHost, (host) => new Tensor(host));
        return late ? readLate(intake, own, several) : intake.read(own);
      });
      return leavesOf(intake.join(portions, several || given.some(({ late }) => late)).args, isHost);
    },
    types: (model) => leavesOf(hosted(model).intake.anySignature(), isType),
    finished: (label, values) => {
      finished.delete(label);
      finished.set(label, new Map(values));
    },
  };
}

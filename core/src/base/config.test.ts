/** What `CONFIG` refuses, and that its switch is read each time. */
import { afterEach, expect, test } from "vitest";
import { CONFIG, NNsight, nn, ops, remoteLogger, resetContexts } from "../index.ts";

afterEach(() => {
  resetContexts();
  CONFIG.APP.CONTROL_FLOW_HANDLING = true;
});

const assign = (target: object, key: string, value: unknown) => () => Reflect.set(target, key, value);

test("unknown names and wrong types are refused with what is near", () => {
  expect(assign(CONFIG.APP, "CONTROL_FLOW_HANDLNG", false)).toThrow(
    "CONFIG.APP has no 'CONTROL_FLOW_HANDLNG'. It has 'CONTROL_FLOW_HANDLING'.",
  );
  expect(assign(CONFIG, "Api", {})).toThrow("CONFIG has no 'Api'. It has 'API', 'APP'.");
  expect(assign(CONFIG, "API", {})).toThrow("CONFIG.API cannot be assigned: assign one of its settings.");
  expect(assign(CONFIG.APP, "DEBUG", "yes")).toThrow("CONFIG.APP.DEBUG is a boolean; it was given string.");
  expect(assign(CONFIG.API, "APIKEY", null)).toThrow(
    "CONFIG.API.APIKEY is a string or undefined; it was given null.",
  );
  expect(() => CONFIG.setDefaultApiKey("")).toThrow("the text that was given is empty");
  expect(CONFIG.APP.DEBUG).toBe(false);
});

test("remoteLogger takes `propagate` and nothing else", () => {
  remoteLogger.propagate = false;
  expect(remoteLogger).toEqual({ propagate: false });
  expect(() => Object.assign(remoteLogger, { propagat: false })).toThrow("not extensible");
  remoteLogger.propagate = true;
});

interface Flow {
  cond(condition: unknown, then: () => void, otherwise: undefined, carried: readonly never[]): void;
  select(condition: unknown, then: () => unknown, otherwise: () => unknown): unknown;
  and(left: unknown, right: () => unknown): unknown;
  or(left: unknown, right: () => unknown): unknown;
  forOf(items: unknown, body: () => void, carried: readonly never[]): void;
}
const flow = (globalThis as unknown as Record<symbol, Flow>)[Symbol.for("nnsight.flow")]!;

test.each([
  ["if", (x: unknown) => flow.cond(x, () => undefined, undefined, [])],
  [
    "?:",
    (x: unknown) =>
      flow.select(
        x,
        () => 1,
        () => 2,
      ),
  ],
  ["&&", (x: unknown) => flow.and(x, () => true)],
  ["||", (x: unknown) => flow.or(x, () => true)],
  ["for", (x: unknown) => flow.forOf(x, () => undefined, [])],
] as const)(
  "switched off, `%s` over a lazy value stops the trace, and a concrete one decides",
  async (form, use) => {
    const tiny = new NNsight(new nn.Linear(2, 2));
    const input = ops.ones([1, 2]);
    CONFIG.APP.CONTROL_FLOW_HANDLING = false;
    const run = (): Promise<unknown> => tiny.trace(input, () => void use(tiny.output.sum()));
    await expect(run()).rejects.toThrow(
      `(CONFIG.APP.CONTROL_FLOW_HANDLING is false), so \`${form}\` is not recorded`,
    );
    use(ops.ones([1]));
    const chosen = await tiny.trace(input, (tracer) =>
      tracer.cond(
        tiny.output.sum().ne(1e6),
        () => ops.ones([1]),
        () => ops.zeros([1]),
      ),
    );
    expect(chosen.item()).toBe(1);
    if (form === "for") return;
    CONFIG.APP.CONTROL_FLOW_HANDLING = true;
    await run();
  },
);

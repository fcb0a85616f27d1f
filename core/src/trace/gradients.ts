/** Gradients as a user writes them: `loss.backward()`, `x.grad`, `ops.grad(y, xs)`. */
import { RuntimeError, ShapeError, TypeError } from "../base/errors.ts";
import { here, lineOf } from "../base/where.ts";
import { inputsOf, type Pass, type Result } from "../ir/node.ts";
import { fits } from "../ir/types.ts";
import { printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { broughtInto } from "./apply.ts";
import { currentScope, guarded } from "./contexts.ts";
import { dynamics } from "./operands.ts";
import { Recording } from "./recording.ts";
import { narrow, widen } from "./rows.ts";
import { isWithin, type Scope } from "./scope.ts";
import { isLazy, type Lazy, type State } from "./state.ts";
import { gradients, type Home, Tensor } from "./tensor.ts";
import { writable } from "./writable.ts";

/** The backward passes of one program, and what their gradients hold. */
class Passes {
  /** Those that have begun, and perhaps one that is still to come. */
  readonly begun: Pass[] = [];
  pending: Pass | undefined;
  readonly #held = new Map<Pass, Map<Result, Result>>();

  constructor(readonly scope: Recording) {}

  /** What the gradient of a value holds now: what was made, or written last. */
  read(pass: Pass, of: Result): Result {
    const held = this.#held.get(pass) ?? new Map<Result, Result>();
    this.#held.set(pass, held);
    const known = held.get(of) ?? this.scope.builder.gradient(pass, "of", [of], here())[0]!;
    held.set(of, known);
    return known;
  }

  write(pass: Pass, of: Result, value: Result): void {
    this.read(pass, of);
    this.scope.builder.gradient(pass, "write", [of, value], here());
    this.#held.get(pass)!.set(of, value);
  }

  begin(pass: Pass, inputs: readonly Result[]): void {
    const own = inputs.some((input) => follows(input, pass));
    if (own)
      throw new RuntimeError(
        "backward() begins with a value that was computed from a gradient of the same pass. Gradients of gradients are not known.",
      );
    this.scope.builder.gradient(pass, "from", inputs, here());
    this.begun.push(pass);
    this.pending = undefined;
  }

  /** The pass that a line before `backward()` means. */
  next(): Pass {
    if (this.pending) return this.pending;
    const where = here();
    this.scope.checks.push(() => {
      if (this.pending === pass)
        throw new RuntimeError(
          `the gradient that is read at ${lineOf(where)} is of no backward pass: call \`.backward()\` on what it is the gradient of, in the same trace.`,
        );
    });
    const pass: Pass = {};
    this.pending = pass;
    return pass;
  }
}

function follows(result: Result, pass: Pass): boolean {
  const seen = new Set<Result>();
  const rest = [result];
  for (let one = rest.pop(); one; one = rest.pop()) {
    if (seen.has(one)) continue;
    seen.add(one);
    if (one.node.kind === "gradient" && one.node.pass === pass) return true;
    rest.push(...inputsOf(one.node));
  }
  return false;
}

const programs = new WeakMap<Scope, Passes>();

/** @throws RuntimeError in a module's forward */
function passesOf(scope: Scope): Passes {
  if (!(scope instanceof Recording))
    throw new RuntimeError("gradients belong in a trace, not in a module's forward: read them there.");
  const passes = programs.get(scope) ?? new Passes(scope);
  programs.set(scope, passes);
  return passes;
}

/**
 * The program in whose passes a value takes part: a concrete one, one of a session or of another of its traces, in those of
 * the trace that is open.
 */
function scopeOf(of: Tensor): Scope {
  const { state } = of;
  if (isLazy(state)) {
    for (let one = currentScope(); one && one !== state.scope; one = one.outer)
      if ((one.kind === "trace" || one.kind === "generate") && !isWithin(state.scope, one)) return one;
    return state.scope;
  }
  if (!currentScope())
    throw new RuntimeError(
      "a gradient is read outside a trace, and was not kept in one: read `x.grad` inside the trace and save it, or write `x.retainGrad()` there.",
    );
  return writable();
}

const target = (of: Tensor, whole: Home["whole"], scope: Scope): Result =>
  broughtInto(scope, whole ? whole.lazy : of.state);

gradients.read = (of, whole) => {
  const scope = whole?.lazy.scope ?? scopeOf(of);
  const passes = passesOf(scope);
  const result = target(of, whole, scope);
  const lazy = (pass: Pass): Lazy => ({ scope, result: passes.read(pass, result) });
  const chosen = passes.pending || !passes.begun.length ? [passes.next()] : passes.begun;
  const narrowed = (one: Lazy): Tensor =>
    new Tensor(whole ? narrow(one, whole.rows, "the gradient") : one, home);
  const home: Home = { write: (next) => gradients.write(of, whole, next) };
  const [first, ...more] = chosen.map((pass) => narrowed(lazy(pass)));
  return more.reduce((a, b) => a.add(b), first!);
};

/** A gradient that a user gives. @throws TypeError for what is no tensor, ShapeError for one of another dtype or shape */
function givenFor(of: Type, gradient: Tensor): State {
  const given: unknown = dynamics.owns(gradient) ? dynamics.asTensor(gradient, of, "the gradient") : gradient;
  if (!(given instanceof Tensor))
    throw new TypeError(
      `the gradient of ${printType(of)} is a tensor of the same dtype and shape; it was given ${typeof given}. For a number write \`ops.full(shape, number)\`.`,
    );
  if (fits(of, given.type)) return given.state;
  throw new ShapeError(
    `the gradient of ${printType(of)} cannot be ${printType(given.type)}: give one of the same dtype and shape.`,
  );
}

gradients.write = (of, whole, value) => {
  const scope = whole?.lazy.scope ?? scopeOf(of);
  const passes = passesOf(scope);
  const pass = passes.pending ?? passes.begun.at(-1) ?? passes.next();
  const result = target(of, whole, scope);
  const next = whole
    ? widen(
        { scope, result: passes.read(pass, result) },
        givenFor(of.type, value),
        whole.rows,
        "the gradient",
      )
    : givenFor(of.type, value);
  passes.write(pass, result, broughtInto(scope, next));
};

gradients.backward = (from, gradient) => {
  const { state } = from;
  if (!isLazy(state))
    throw new RuntimeError(
      "backward() goes back through a trace, and this value has numbers already. Write it inside the trace.",
    );
  const { scope, result } = state;
  const seed = gradient === undefined ? [] : [broughtInto(scope, givenFor(result.type, gradient))];
  if (!seed.length)
    requireOne("backward()", result, "sum it first, or give the gradient of it (`y.backward(gradient)`)");
  const passes = passesOf(scope);
  passes.begin(passes.next(), [result, ...seed]);
};

/** What a value says of which only the run tells what it is. */
export const withoutGradient = (name: string): RuntimeError =>
  new RuntimeError(
    `only the run tells what this value is, so no gradient goes through it (\`${name}\`): what lists hold, items of a loop and what your own functions give is such a value, and what is computed with it. Compute the loss from values of the model and numbers; around a trace, or lines in it, an ordinary \`for\` gives numbers.`,
  );

/** @throws RuntimeError for a result that is known to hold several numbers */
function requireOne(what: string, { type }: Result, instead: string): void {
  if (type.shape.map(sizeOfDim).some((size) => size !== 1 && size !== undefined))
    throw new RuntimeError(`${what} begins with one number, and this is ${printType(type)}: ${instead}.`);
}

/**
 * The gradients of `y`, a single number, with respect to values that it was computed from; apart from all `backward()`.
 * @example const [a, b] = ops.grad(loss, [layer1.output, layer2.output]);
 * @see torch.autograd.grad
 * @throws RuntimeError outside a trace, for a `y` of several numbers, and at the run for a value that does not lead to `y`
 */
export function grad<T extends Tensor | readonly Tensor[]>(
  y: Tensor,
  xs: T,
): T extends Tensor ? Tensor : Tensor[] {
  return guarded(() => {
    const list = (xs instanceof Tensor ? [xs] : xs) as readonly Tensor[];
    if ([y, ...list].some(dynamics.owns)) throw withoutGradient("ops.grad");
    const { state } = y;
    if (!isLazy(state))
      throw new RuntimeError(
        `ops.grad goes back through a trace, and this value has numbers already (${lineOf(here())}).`,
      );
    requireOne("ops.grad", state.result, "sum it first");
    const { scope } = state;
    const passes = new Passes(passesOf(scope).scope);
    const pass: Pass = {};
    const results = list.map((x) => passes.read(pass, broughtInto(scope, x.state)));
    passes.begin(pass, [state.result]);
    const made = results.map((result) => new Tensor({ scope, result }));
    return (xs instanceof Tensor ? made[0] : made) as T extends Tensor ? Tensor : Tensor[];
  });
}

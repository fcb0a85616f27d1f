/** `if` and `?:`: a concrete condition takes one branch; for a lazy one both are recorded, and what they give is merged. */
import { TypeError } from "../base/errors.ts";
import { type DType, promote } from "../tensor/type.ts";
import { guarded } from "../trace/contexts.ts";
import { tensor } from "../trace/create.ts";
import { Tensor } from "../trace/tensor.ts";
import { applied, same, Value } from "../trace/value.ts";
import type { Carried } from "./index.ts";
import { recorder } from "./recorder.ts";
import { requireSwitchedOn } from "./switch.ts";
import { isPending, type Operand, truthOfOperand } from "./truth.ts";

export function cond(
  condition: Operand,
  then: () => void,
  otherwise: (() => void) | undefined,
  carried: readonly Carried[],
): void {
  guarded(() => {
    requireSwitchedOn(condition, "if");
    if (!isPending(condition)) {
      if (truthOfOperand(condition)) then();
      else otherwise?.();
      return;
    }
    const read = () => carried.map((variable) => variable.get());
    const write = (values: readonly unknown[]) =>
      carried.forEach((variable, i) => void variable.set(values[i]));
    const before = read();
    const after = both(
      condition,
      () => {
        then();
        return read();
      },
      () => {
        write(before);
        otherwise?.();
        return read();
      },
      (i) => requireTensor(carried[i]!),
    );
    write(after);
  });
}

export function select(condition: Operand, then: () => unknown, otherwise: () => unknown): unknown {
  return guarded(() => {
    requireSwitchedOn(condition, "?:");
    if (isPending(condition))
      return both(
        condition,
        () => [then()],
        () => [otherwise()],
        () => "the value of `?:`",
      )[0];
    const chosen = truthOfOperand(condition) ? then() : otherwise();
    return isNumeric(chosen) && condition instanceof Tensor ? tensor(chosen) : chosen;
  });
}

/** What the variable is called in errors. @throws TypeError when its type takes no tensor */
function requireTensor({ name, mayHoldTensors }: Carried): string {
  if (mayHoldTensors) return `the variable '${name}'`;
  throw new TypeError(
    `the variable '${name}' is assigned under a condition on a lazy tensor, so its value is known only at the run and is lazy, too, ` +
      `but its type takes no tensor. Declare it as \`let ${name}: Tensor | number = …\`.`,
  );
}

/** The values after a condition: those that both branches give alike, and tensors of the branch that will be taken. */
function both(
  condition: Operand,
  then: () => readonly unknown[],
  otherwise: () => readonly unknown[],
  describe: (index: number) => string,
): unknown[] {
  // What differs is known when both branches are written, so the list of the first is filled then, too.
  const ones: Operand[] = [];
  const changed: number[] = [];
  let values: unknown[] = [];
  const merged = recorder("condition").cond(
    condition,
    () => {
      values = [...then()];
      return ones;
    },
    () => {
      const others: Operand[] = [];
      for (const [i, other] of otherwise().entries()) {
        if (Object.is(values[i], other)) continue;
        const [a, b] = alike(values[i], other, describe(i));
        changed.push(i);
        ones.push(a);
        others.push(b);
      }
      return others;
    },
  );
  for (const [at, i] of changed.entries()) values[i] = merged[at];
  return values;
}

const valueOf = (value: unknown): Value => (value instanceof Value ? value : applied("value", same, [value]));

/** Two values as tensors of one dtype. @throws TypeError when one is no number */
function alike(one: unknown, other: unknown, what: string): [Operand, Operand] {
  if (one instanceof Value || other instanceof Value) return [valueOf(one), valueOf(other)];
  if (!isNumber(one) || !isNumber(other))
    throw new TypeError(
      `${what} is ${kindOf(one)} in one branch of a condition on a lazy tensor and ${kindOf(other)} in the other. ` +
        "Which it will be is known only at the run, so it must be a tensor or a number in both.",
    );
  const dtype = promote(dtypeOf(one, other), dtypeOf(other, one));
  const as = (value: Tensor | number | boolean): Tensor =>
    value instanceof Tensor ? (value.dtype === dtype ? value : value.to(dtype)) : tensor(value, { dtype });
  return [as(one), as(other)];
}

/** A number takes the dtype of the tensor beside it, as far as it can. */
function dtypeOf(value: Tensor | number | boolean, beside: unknown): DType {
  if (value instanceof Tensor) return value.dtype;
  if (typeof value === "boolean") return "bool";
  return beside instanceof Tensor && Number.isSafeInteger(value) && beside.dtype === "int64"
    ? "int64"
    : "float32";
}

const isNumeric = (value: unknown): value is number | boolean =>
  typeof value === "number" || typeof value === "boolean";

const isNumber = (value: unknown): value is Tensor | number | boolean =>
  value instanceof Tensor || isNumeric(value);

function kindOf(value: unknown): string {
  if (value instanceof Tensor) return "a tensor";
  if (value === undefined || value === null) return "unset";
  return `${/^[aeiou]/.test(typeof value) ? "an" : "a"} ${typeof value}`;
}

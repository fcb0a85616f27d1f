/** `ops`: every op of the table as a function. */
import { opNames } from "../ops/named.ts";
import type { Table } from "../ops/table.ts";
import { written } from "./contexts.ts";
import { grad } from "./gradients.ts";
import type { Functions } from "./methods.ts";
import { call, type Tensor } from "./tensor.ts";

const all = Object.fromEntries(
  opNames.map((name) => [name, (...args: unknown[]) => written(() => call(name, args))]),
);

// No entry of the table, so it is not listed among them.
Object.defineProperty(all, "grad", { value: grad });

export const ops = all as unknown as Functions<Table, Tensor> & {
  readonly grad: typeof grad;
  /** Says to the compiler of cells that calls are recorded. */
  readonly isTraced?: true;
};

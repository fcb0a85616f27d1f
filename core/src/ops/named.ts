/** Looking up an entry of the table by its name, with what it may publish about itself. */
import { raw, rawName } from "./raw.ts";
import type { Op } from "./spec.ts";
import { type OpName, table } from "./table.ts";

export interface Entry extends Op {
  /** No method: its first argument is no tensor. */
  readonly functionOnly?: true;
  /** Evaluated on the host at each run, never lowered. */
  readonly host?: true;
  /** Its results are a list without names. */
  readonly list?: true;
  /** Called with a tensor alone it has one result, whatever names there are. */
  readonly oneAlone?: true;
  /** In torch its result shares memory with its operand. */
  readonly view?: true;
}

export const opNamed = (name: OpName): Entry => (name === rawName ? raw : table[name]) as Entry;

export const opNames = Object.keys(table) as readonly OpName[];

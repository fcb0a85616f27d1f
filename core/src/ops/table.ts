/** Every op, by name. A new op is a new entry in a family file; nothing else changes. */
import * as arithmetic from "./arithmetic.ts";
import * as attention from "./attention.ts";
import * as compare from "./compare.ts";
import * as convert from "./convert.ts";
import * as create from "./create.ts";
import * as elementwise from "./elementwise.ts";
import * as extremes from "./extremes.ts";
import * as index from "./index.ts";
import * as join from "./join.ts";
import * as layers from "./layers.ts";
import * as linear from "./linear.ts";
import * as movement from "./movement.ts";
import * as narrow from "./narrow.ts";
import * as order from "./order.ts";
import * as parts from "./parts.ts";
import * as pick from "./pick.ts";
import * as random from "./random.ts";
import * as reduce from "./reduce.ts";
import * as reshape from "./reshape.ts";
import * as select from "./select.ts";
import * as signs from "./signs.ts";
import * as statistics from "./statistics.ts";

export const table = {
  ...arithmetic,
  ...attention,
  ...compare,
  ...convert,
  ...create,
  ...elementwise,
  ...extremes,
  ...index,
  ...join,
  ...layers,
  ...linear,
  ...movement,
  ...narrow,
  ...order,
  ...parts,
  ...pick,
  ...random,
  ...reduce,
  ...reshape,
  ...select,
  ...signs,
  ...statistics,
};
export type Table = typeof table;
export type OpName = keyof Table;

/** Every op, by name. A new op is a new entry in a family file; nothing else changes. */
import * as accumulate from "./accumulate.ts";
import * as activations from "./activations.ts";
import * as aliases from "./aliases.ts";
import * as arithmetic from "./arithmetic.ts";
import * as arrange from "./arrange.ts";
import * as attention from "./attention.ts";
import * as channels from "./channels.ts";
import * as compare from "./compare.ts";
import * as contract from "./contract.ts";
import * as convert from "./convert.ts";
import * as create from "./create.ts";
import * as curves from "./curves.ts";
import * as diagonal from "./diagonal.ts";
import * as digits from "./digits.ts";
import * as einops from "./einops.ts";
import * as elementwise from "./elementwise.ts";
import * as equality from "./equality.ts";
import * as extremes from "./extremes.ts";
import * as index from "./index.ts";
import * as join from "./join.ts";
import * as layers from "./layers.ts";
import * as like from "./like.ts";
import * as linear from "./linear.ts";
import * as losses from "./losses.ts";
import * as masks from "./masks.ts";
import * as movement from "./movement.ts";
import * as narrow from "./narrow.ts";
import * as order from "./order.ts";
import * as pad from "./pad.ts";
import * as pairs from "./pairs.ts";
import * as parts from "./parts.ts";
import * as pick from "./pick.ts";
import * as random from "./random.ts";
import * as reduce from "./reduce.ts";
import * as reshape from "./reshape.ts";
import * as select from "./select.ts";
import * as signs from "./signs.ts";
import * as statistics from "./statistics.ts";
import * as windows from "./windows.ts";

export const table = {
  ...accumulate,
  ...activations,
  ...aliases,
  ...arithmetic,
  ...arrange,
  ...attention,
  ...channels,
  ...compare,
  ...contract,
  ...convert,
  ...create,
  ...curves,
  ...diagonal,
  ...digits,
  ...einops,
  ...elementwise,
  ...equality,
  ...extremes,
  ...index,
  ...join,
  ...layers,
  ...like,
  ...linear,
  ...losses,
  ...masks,
  ...movement,
  ...narrow,
  ...order,
  ...pad,
  ...pairs,
  ...parts,
  ...pick,
  ...random,
  ...reduce,
  ...reshape,
  ...select,
  ...signs,
  ...statistics,
  ...windows,
};
export type Table = typeof table;
export type OpName = keyof Table;

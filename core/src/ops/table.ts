/** Every op, by name. */
import * as families from "./families.ts";

// A namespace rather than an object made of it: so the types carry the entries' comments to whoever hovers over `x.sum`.
export const table = families;
export type Table = typeof families;
export type OpName = keyof Table;

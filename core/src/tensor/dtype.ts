/** The kinds of number that a tensor may hold, and what torch promotes two of them to. */

export type DType =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "uint8"
  | "bool";

/** What torch calls a category: a higher one wins over a lower one, whatever the sizes. */
export type Kind = "bool" | "int" | "float";

interface Facts {
  readonly kind: Kind;
  readonly bytes: number;
}

export const facts: Readonly<Record<DType, Facts>> = {
  float32: { kind: "float", bytes: 4 },
  float64: { kind: "float", bytes: 8 },
  float16: { kind: "float", bytes: 2 },
  bfloat16: { kind: "float", bytes: 2 },
  int64: { kind: "int", bytes: 8 },
  int32: { kind: "int", bytes: 4 },
  int16: { kind: "int", bytes: 2 },
  int8: { kind: "int", bytes: 1 },
  uint8: { kind: "int", bytes: 1 },
  bool: { kind: "bool", bytes: 1 },
};

export const dtypeNames = Object.keys(facts) as readonly DType[];

export const kindOf = (dtype: DType): Kind => facts[dtype].kind;

export const isFloat = (dtype: DType): boolean => facts[dtype].kind === "float";

/** A float dtype as it is; float32 for the others, as torch computes `exp` of integers. */
export const floatOf = (dtype: DType): DType => (isFloat(dtype) ? dtype : "float32");

/** A float dtype as it is; int64 for the others, as torch sums integers and booleans. */
export const summedOf = (dtype: DType): DType => (isFloat(dtype) ? dtype : "int64");

/** The dtype in which a narrow one is computed: it holds every value of it. */
export const wideOf = (dtype: DType): DType => {
  if (dtype === "float16" || dtype === "bfloat16") return "float32";
  return facts[dtype].kind === "int" ? "int64" : dtype;
};

const kinds: readonly Kind[] = ["bool", "int", "float"];

/** Whether a kind wins over another. */
export const above = (a: Kind, b: Kind): boolean => kinds.indexOf(a) > kinds.indexOf(b);

/** The dtype of a result of both, as torch promotes two tensors with dimensions. */
export function promote(a: DType, b: DType): DType {
  const [left, right] = [facts[a], facts[b]];
  if (a === b) return a;
  if (left.kind !== right.kind) return above(left.kind, right.kind) ? a : b;
  if (left.kind === "float") return left.bytes === right.bytes ? "float32" : left.bytes > right.bytes ? a : b;
  if (left.bytes === right.bytes) return "int16"; // int8 and uint8: the first that holds both
  return left.bytes > right.bytes ? a : b;
}

interface Weighed {
  readonly dtype: DType;
  readonly shape: readonly unknown[];
}

/** The dtype of a result of all, as torch's `result_type`: one without dimensions counts only where its kind is higher. */
export function promoteAll(...all: readonly Weighed[]): DType {
  let full: DType | undefined;
  let bare: DType | undefined;
  for (const { dtype, shape } of all)
    if (shape.length > 0) full = full === undefined ? dtype : promote(full, dtype);
    else bare = bare === undefined ? dtype : promote(bare, dtype);
  if (full === undefined || bare === undefined) return (full ?? bare)!;
  return above(kindOf(bare), kindOf(full)) ? promote(full, bare) : full;
}

/** The dtype that a number of JavaScript takes beside tensors that promote to `common`; alone that of its kind. */
export function scalarType(value: number | boolean, common: DType | undefined): DType {
  const kind: Kind = typeof value === "boolean" ? "bool" : Number.isSafeInteger(value) ? "int" : "float";
  if (common !== undefined && !above(kind, kindOf(common))) return common;
  if (common === undefined && kind === "int") return "float32";
  return kind === "bool" ? "bool" : kind === "int" ? "int64" : "float32";
}

/** Instructions of WebAssembly as bytes, each a function of those it takes its operands from, and a module of one function. */

export type Code = readonly number[];

/** A whole number, seven bits a byte, as the format has all of its own. */
function leb(n: number): Code {
  return n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)];
}

export const TYPES = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

type Binary = (a: Code, b: Code) => Code;
type Unary = (a: Code) => Code;

const binary =
  (...op: number[]): Binary =>
  (a, b) => [...a, ...b, ...op];
const vector = (op: number): Code => [0xfd, ...leb(op)];
const binaryVector = (op: number): Binary => binary(...vector(op));
const unaryVector =
  (op: number): Unary =>
  (a) => [...a, ...vector(op)];
const laneOf =
  (op: number) =>
  (a: Code, lane: number): Code => [...a, ...vector(op), lane];

const bytesOf = (numbers: Float32Array | Float64Array): Code => [...new Uint8Array(numbers.buffer)];

/** From a place on, so many bytes behind it; the first number is the log2 of the bytes that are moved. */
const load =
  (op: Code, width: number) =>
  (at: Code, offset = 0): Code => [...at, ...op, width, ...leb(offset)];
const store =
  (op: Code, width: number) =>
  (at: Code, value: Code, offset = 0): Code => [...at, ...value, ...op, width, ...leb(offset)];

/** The types of locals by their names. */
export type Locals<Name extends string = string> = Readonly<Record<Name, number>>;

/** How locals, in this order, are read and put. */
export function localsOf<Name extends string>(types: Locals<Name>) {
  const names = Object.keys(types);
  return {
    $: (name: Name): Code => [0x20, ...leb(names.indexOf(name))],
    put: (name: Name, value: Code): Code => [...value, 0x21, ...leb(names.indexOf(name))],
  };
}

export const i32 = {
  /** Below 64, so that its sign is no question. */
  const: (n: number): Code => [0x41, n],
  add: binary(0x6a),
  sub: binary(0x6b),
};

export const f32 = {
  const: (x: number): Code => [0x43, ...bytesOf(Float32Array.of(x))],
  store: store([0x38], 2),
  demote: (a: Code): Code => [...a, 0xb6],
};

export const f64 = {
  const: (x: number): Code => [0x44, ...bytesOf(Float64Array.of(x))],
  add: binary(0xa0),
  sub: binary(0xa1),
  equals: binary(0x61),
  store: store([0x39], 3),
};

export const v128 = {
  load: load(vector(0), 4),
  /** Eight bytes, and zeros behind them. */
  loadHalf: load(vector(0x5d), 3),
  store: store(vector(11), 4),
  zero: [...vector(12), ...new Array<number>(16).fill(0)] as Code,
  /** The bytes of two vectors, of which these are taken. */
  shuffle: (a: Code, b: Code, bytes: Code): Code => [...a, ...b, ...vector(13), ...bytes],
};

export const f32x4 = {
  splat: unaryVector(0x13),
  lane: laneOf(0x1f),
  equals: binaryVector(0x41),
  add: binaryVector(0xe4),
  mul: binaryVector(0xe6),
  min: binaryVector(0xea),
  max: binaryVector(0xeb),
};

export const i32x4 = { add: binaryVector(0xae), sub: binaryVector(0xb1) };

export const f64x2 = {
  splat: unaryVector(0x14),
  lane: laneOf(0x21),
  /** Of the first two of four. */
  promote: unaryVector(0x5f),
  add: binaryVector(0xf0),
  sub: binaryVector(0xf1),
  mul: binaryVector(0xf2),
};

export const choose = (condition: Code, then: Code, otherwise: Code): Code => [
  ...condition,
  0x04,
  0x40,
  ...then,
  0x05,
  ...otherwise,
  0x0b,
];

/** Goes on for as long as the condition at its end holds. */
export const repeat = (body: Code, condition: Code): Code => [
  0x03,
  0x40,
  ...body,
  ...condition,
  0x0d,
  0,
  0x0b,
];

const list = (items: readonly Code[]): Code => [...leb(items.length), ...items.flat()];
const text = (letters: string): Code => list([...letters].map((letter) => [letter.charCodeAt(0)]));
const section = (id: number, body: Code): Code => [id, ...leb(body.length), ...body];

export interface OneFunction {
  /** Its parameters and the locals behind them. */
  readonly params: Locals;
  readonly locals: Locals;
  /** The type of what it gives, if anything. */
  readonly result?: number;
  readonly code: Code;
  /** Of 64 KiB each. */
  readonly pages: number;
}

/** A module with a function `run` and a `memory`. */
export function moduleOf({ params, locals, result, code, pages }: OneFunction): Uint8Array<ArrayBuffer> {
  const body = [...list(Object.values(locals).map((type) => [1, type])), ...code, 0x0b];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      list([
        [
          0x60,
          ...list(Object.values(params).map((type) => [type])),
          ...list(result === undefined ? [] : [[result]]),
        ],
      ]),
    ),
    ...section(3, list([[0]])),
    ...section(5, list([[0, ...leb(pages)]])),
    ...section(
      7,
      list([
        [...text("run"), 0, 0],
        [...text("memory"), 2, 0],
      ]),
    ),
    ...section(10, list([[...leb(body.length), ...body]])),
  ]);
}

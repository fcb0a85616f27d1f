/** The types of methods and functions, mapped over the table itself, so that an entry's comment documents both. */
import type { FunctionOp, ListOp, Op, SelectOp } from "../ops/spec.ts";

type Rest<A> = A extends readonly [unknown, ...infer R] ? R : never;

/** Several results by name, and in order when destructured as a list. */
type Named<R extends string, T> = { readonly [K in R]: T } & Iterable<T>;

type Returned<O, T> = O extends ListOp
  ? T[]
  : O extends Op<infer _A, infer _P, infer R>
    ? [R] extends [never]
      ? T
      : Named<R, T>
    : never;

/** One method an op whose first argument is a tensor. `max` and its like give one tensor when called with nothing. */
export type Methods<Entries, T> = {
  readonly [K in keyof Entries as Entries[K] extends FunctionOp ? never : K]: Entries[K] extends SelectOp<
    infer A
  >
    ? { (): T; (...args: Rest<A>): Returned<Entries[K], T> }
    : Entries[K] extends Op<infer A>
      ? (...args: Rest<A>) => Returned<Entries[K], T>
      : never;
};

/** One function an op. */
export type Functions<Entries, T> = {
  readonly [K in keyof Entries]: Entries[K] extends SelectOp<infer A>
    ? { (x: T): T; (...args: A): Returned<Entries[K], T> }
    : Entries[K] extends Op<infer A>
      ? (...args: A) => Returned<Entries[K], T>
      : never;
};

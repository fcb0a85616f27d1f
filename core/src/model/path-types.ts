/** The types of modules by path, and of names that move or are added. */
import type { ModuleList } from "../nn/containers.ts";
import type { Module } from "../nn/module.ts";
import type { Rename } from "./aliases.ts";
import type { View } from "./views.ts";

/** Other names, and views by the name of a child. */
export type Names = Readonly<Record<string, Rename[string] | View>>;

/** What a child has by a view of its name. */
export type Seen<R, K> = K extends keyof R ? (R[K] extends (envoy: never) => infer T ? T : unknown) : unknown;

/** The module at a path below `M`; never where there is none. */
export type ModuleAt<M, P extends string> = P extends ""
  ? M
  : P extends `.${infer Rest}`
    ? ModuleAt<M, Rest>
    : P extends `${infer Head}.${infer Rest}`
      ? ModuleAt<ChildAt<M, Head>, Rest>
      : ChildAt<M, P>;

type ChildAt<M, Name extends string> =
  M extends ModuleList<infer N>
    ? Name extends `${number}`
      ? N
      : never
    : Name extends ChildNames<M>
      ? M[Name]
      : never;

/** The names of a module's submodules. */
export type ChildNames<M> = { [K in keyof M]: M[K] extends Module ? K : never }[keyof M];

/** Other names at `M` with the modules that they stand for. */
export type Renamed<M, R extends Names> = {
  [P in keyof R & string as [ModuleAt<M, P>] extends [never] ? never : NameIn<R[P]>]: ModuleAt<M, P>;
};

type NameIn<A> = A extends readonly (infer Name extends string)[]
  ? Bare<Name>
  : A extends string
    ? Bare<A>
    : never;
type Bare<Name extends string> = Name extends `.${infer Rest}` ? Rest : Name;

/** The names that hold below the root, too. */
export type Inner<R extends Names> = { [P in keyof R as P extends `.${string}` ? never : P]: R[P] };

/** Names that are known to be taken: an index signature, as of `Record<string, Linear>`, takes none. */
type Taken<M> = ChildNames<{ [K in keyof M as string extends K ? never : K]: M[K] }>;

/** What is nnsight's own, without the names of submodules: those move to `nnsOutput`. */
export type Beside<M, Own> = [Extract<keyof Own, Taken<M>>] extends [never]
  ? Own
  : Omit<Own, Taken<M>> & {
      [K in Extract<keyof Own, Taken<M>> & string as `nns${Capitalize<K>}`]: Own[K];
    };

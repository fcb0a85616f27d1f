/** Modules whose body comes from a file: they have children, parameters and calls like any other, and no `forward` of their own. */
import { RuntimeError, ShapeError } from "../base/errors.ts";
import { leavesOf, mapTree, type Tree } from "../base/tree.ts";
import type { Fn } from "../ir/fn.ts";
import type { Input } from "../ir/node.ts";
import { printType, sizeOfDim, type Type } from "../tensor/type.ts";
import type { Tensor } from "../trace/tensor.ts";
import { Module } from "./module.ts";
import { isType } from "./record.ts";

export class FixedModule extends Module {
  readonly #kind: string;
  readonly #note: string;
  readonly #bodies = new Map<string, Fn>();
  #body: Fn | undefined;

  /** @param note what stands in brackets behind its kind where the tree is printed */
  constructor(kind: string, note = "") {
    super();
    this.#kind = kind;
    this.#note = note;
  }

  override extra(): string {
    return this.#note;
  }

  override get kind(): string {
    return this.#kind;
  }

  /** Its first call. */
  get body(): Fn | undefined {
    return this.#body;
  }

  addBody(fn: Fn): void {
    this.#body ??= fn;
  }

  override get inputType(): Type | undefined {
    const inputs = this.#body?.inputs ?? [];
    return inputs.length === 1 ? inputs[0]!.results[0]!.type : undefined;
  }

  /** Arguments by name go to the inputs of that name, the others in order. */
  override fixed(signature: Tree<Type>): Fn | undefined {
    const body = this.#body;
    if (!body) return undefined;
    const key = JSON.stringify(mapTree(signature, isType, () => 0));
    const fn = this.#bodies.get(key) ?? this.#arranged(body, signature);
    this.#bodies.set(key, fn);
    const types = leavesOf(signature, isType);
    for (const [i, { name, results }] of fn.inputs.entries()) this.#check(name, results[0]!.type, types[i]!);
    return fn;
  }

  #arranged(body: Fn, signature: Tree<Type>): Fn {
    const [args, kwargs] = signature as unknown as [
      readonly Tree<Type>[],
      Readonly<Record<string, Tree<Type>>>,
    ];
    const left = [...body.inputs];
    const named = new Map(
      Object.keys(kwargs).map((name) => {
        const at = left.findIndex((input) => input.name === name);
        if (at < 0)
          throw new ShapeError(
            `${this.#kind} has no input '${name}'. It has ${body.inputs.map((input) => input.name).join(", ")}.`,
          );
        return [name, left.splice(at, 1)[0]!] as const;
      }),
    );
    const inputs: Input[] = [];
    const take = (input: Input | undefined): Input => {
      if (!input) throw this.#wrongCount(body, signature);
      inputs.push(input);
      return input;
    };
    const placed = [
      mapTree(args, isType, () => take(left.shift()).results[0]!),
      Object.fromEntries(
        Object.entries(kwargs).map(([name, one]) => [
          name,
          mapTree(one, isType, () => take(named.get(name)).results[0]!),
        ]),
      ),
    ];
    if (inputs.length !== body.inputs.length) throw this.#wrongCount(body, signature);
    return { ...body, inputs, args: placed };
  }

  #wrongCount(body: Fn, signature: Tree<Type>): ShapeError {
    const wanted = body.inputs.map(({ name, results }) => `${name}: ${printType(results[0]!.type)}`);
    const given = leavesOf(signature, isType).length;
    return new ShapeError(`${this.#kind} takes ${wanted.join(", ")}, and ${given} tensors were given.`);
  }

  #check(name: string, type: Type, given: Type): void {
    const fits =
      type.dtype === given.dtype &&
      type.shape.length === given.shape.length &&
      type.shape.every((dim, i) => {
        const [own, other] = [sizeOfDim(dim), sizeOfDim(given.shape[i]!)];
        return own === undefined || other === undefined || own === other;
      });
    if (!fits)
      throw new ShapeError(
        `${this.#kind} takes ${name} as ${printType(type)}, and ${printType(given)} was given.`,
      );
  }

  forward(..._: readonly unknown[]): Tensor {
    throw new RuntimeError(
      `${this.#kind} is known from its file alone: call it on values of a trace, not on tensors outside.`,
    );
  }
}

/** Notices changes of a module: parameters keep their shape, and anything else makes recorded bodies old. */
import { ShapeError, TypeError } from "../base/errors.ts";
import { noteWrite } from "../base/writes.ts";
import { Tensor } from "../trace/tensor.ts";

const versions = new WeakMap<object, number>();
const assignments = new WeakMap<object, number>();
const targets = new WeakMap<object, object>();

let changes = 0;

/** Grows with the version of any module: while it stands still, none has changed. */
export const changesSoFar = (): number => changes;

/** Grows whenever something other than the value of a parameter changes, so that recorded bodies can be told to be old. */
export const versionOf = (module: object): number => versions.get(targets.get(module)!) ?? 0;

/** How often its own parameters were assigned. */
export const assignmentsOf = (module: object): number => assignments.get(targets.get(module)!) ?? 0;

function change(target: object): void {
  changes++;
  versions.set(target, (versions.get(target) ?? 0) + 1);
}

const traps: ProxyHandler<object> = {
  set(target, key, value, receiver) {
    const present: unknown = Reflect.get(target, key, receiver);
    if (present instanceof Tensor && !(value instanceof Tensor) && value !== null && value !== undefined)
      throw new TypeError(
        `'${String(key)}' is a parameter of shape [${present.shape}]: assign a Tensor (\`tensor([…])\`).`,
      );
    if (present instanceof Tensor && value instanceof Tensor) {
      const [own, given] = [present.shape, value.shape];
      if (own.length !== given.length || own.some((size, i) => size !== given[i]))
        throw new ShapeError(
          `the parameter '${String(key)}' has shape [${own}], and [${given}] was assigned.`,
        );
    }
    return Reflect.set(target, key, value, receiver);
  },
  defineProperty(target, key, descriptor) {
    const present = Object.getOwnPropertyDescriptor(target, key)?.value;
    const parameter = present instanceof Tensor && descriptor.value instanceof Tensor;
    noteWrite();
    if (parameter) assignments.set(target, (assignments.get(target) ?? 0) + 1);
    else change(target);
    return Reflect.defineProperty(target, key, descriptor);
  },
  deleteProperty(target, key) {
    noteWrite();
    change(target);
    return Reflect.deleteProperty(target, key);
  },
};

/** The object, watched. */
export function versioned<T extends object>(target: T): T {
  const watched = new Proxy(target, traps) as T;
  targets.set(watched, target);
  return watched;
}

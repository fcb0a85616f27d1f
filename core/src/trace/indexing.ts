/** `t[0]`, `t["1:5"]` and `t[0] = v`: the one place where a property name becomes an index. */
import type { Index } from "./state.ts";
import { type Content, isOperand, Tensor } from "./tensor.ts";
import { Value } from "./value.ts";

const place = /^(-?\d+|-?\d*:-?\d*(:-?\d*)?)$/;

/** The index that a property name is, if it is one of a tensor's or a list's places. */
const indexOf = (key: string | symbol): Index | undefined =>
  typeof key === "string" && place.test(key) ? (key.includes(":") ? key : Number(key)) : undefined;

/** Stands behind Tensor.prototype, so that only names that nothing else has come here. */
const fallback = new Proxy(Object.prototype, {
  get(target, key, receiver) {
    const index = indexOf(key);
    if (index !== undefined && isOperand(receiver)) return receiver.at(index);
    return Reflect.get(target, key, receiver);
  },
  set(_target, key, value, receiver) {
    const index = indexOf(key);
    if (index !== undefined && isOperand(receiver)) {
      receiver.set([index], value as Content);
      return true;
    }
    return Reflect.defineProperty(receiver, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  },
});

Object.setPrototypeOf(Tensor.prototype, fallback);
Object.setPrototypeOf(Value.prototype, fallback);

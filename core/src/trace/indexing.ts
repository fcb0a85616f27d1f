/** `t[0]`, `t[-1]` and `t[0] = v`: the one place where a property name becomes an index. */
import { type Content, isOperand, Tensor } from "./tensor.ts";
import { Value } from "./value.ts";

const integer = /^-?\d+$/;

/** Stands behind Tensor.prototype, so that only names that nothing else has come here. */
const fallback = new Proxy(Object.prototype, {
  get(target, key, receiver) {
    if (typeof key === "string" && integer.test(key) && isOperand(receiver)) return receiver.at(Number(key));
    return Reflect.get(target, key, receiver);
  },
  set(_target, key, value, receiver) {
    if (typeof key === "string" && integer.test(key) && isOperand(receiver)) {
      receiver.set([Number(key)], value as Content);
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

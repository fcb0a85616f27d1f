/** The text of a cell's function is what the user wrote, without types: libraries such as arquero read it. */
import { stripTypeScriptTypes } from "node:module";
import type { Sources } from "./sources.ts";

const native = Function.prototype.toString;

export function installFunctionText(sources: Sources): void {
  const toString = function toString(this: unknown): string {
    const compiled = native.call(this);
    if (!/\b__(scope|runtime)\./.test(compiled)) return compiled;
    return withoutTypes(sources.functionText(compiled) ?? compiled);
  };
  Object.defineProperty(Function.prototype, "toString", {
    value: toString,
    writable: true,
    configurable: true,
  });
}

/** A method's text is no expression by itself, but stands in an object. */
function withoutTypes(text: string): string {
  for (const [before, after] of [
    ["(", ")"],
    ["({", "})"],
  ] as const) {
    try {
      return stripTypeScriptTypes(before + text + after).slice(before.length, -after.length);
    } catch {
      // It is of the other form.
    }
  }
  return text;
}

/** How a value is shown: with its own Jupyter method, or as Node prints it. */
import { inspect, types } from "node:util";
import type { MimeBundle } from "./protocol.ts";
import { htmlOf, tableOf, textOf } from "./tables.ts";

/** The method by which an object shows itself; Deno's kernel calls the same. */
export const displaySymbol = Symbol.for("Jupyter.display");

type Displayable = { readonly [displaySymbol]: () => unknown };

export function format(value: unknown): MimeBundle | Promise<MimeBundle> {
  if (!isDisplayable(value)) return { data: dataOf(value), metadata: {} };
  const shown = value[displaySymbol]();
  return shown instanceof Promise ? shown.then(bundle) : bundle(shown);
}

/** Without a method of its own: elements of a document and tables have a picture, too. */
function dataOf(value: unknown): MimeBundle["data"] {
  if (isElement(value)) return { "text/html": value.outerHTML, "text/plain": printed(value) };
  const table = tableOf(value);
  if (!table) return { "text/plain": printed(value) };
  return { "text/html": htmlOf(table), "text/plain": Array.isArray(value) ? printed(value) : textOf(table) };
}

/** An HTML or SVG element of any implementation of the DOM. */
function isElement(value: unknown): value is { readonly outerHTML: string } {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return false;
  return (
    "nodeType" in value && value.nodeType === 1 && "outerHTML" in value && typeof value.outerHTML === "string"
  );
}

/** A bundle as given by the user: either `{ data, metadata }` or the data alone; bytes become base64. */
export function bundle(given: unknown): MimeBundle {
  if (typeof given !== "object" || given === null)
    throw new TypeError(
      `A MIME bundle is an object such as { "text/html": "<b>bold</b>" }, but this is ${inspect(given)}.`,
    );
  const whole = "data" in given && typeof given.data === "object" && given.data !== null;
  const data = Object.entries(whole ? (given.data as object) : given).map(([type, part]) => [
    type,
    encoded(part),
  ]);
  const metadata = whole && "metadata" in given && typeof given.metadata === "object" ? given.metadata : {};
  return { data: Object.fromEntries(data), metadata: { ...metadata } };
}

function encoded(part: unknown): unknown {
  return part instanceof Uint8Array ? Buffer.from(part).toString("base64") : part;
}

function isDisplayable(value: unknown): value is Displayable {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  return isObject && typeof (value as Partial<Displayable>)[displaySymbol] === "function";
}

function printed(value: unknown): string {
  return inspect(value, {
    colors: false,
    depth: 4,
    maxArrayLength: 100,
    maxStringLength: 10_000,
    breakLength: 100,
  });
}

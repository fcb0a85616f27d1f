import { expect, test } from "vitest";
import { format } from "./format.ts";
import { tableOf } from "./tables.ts";

const shown = (value: unknown) => (format(value) as { data: Record<string, string> }).data;

test("records are a table, other arrays are none", () => {
  expect(
    shown([
      { a: 1, b: "<i>" },
      { b: null, c: { d: [1] } },
    ]),
  ).toEqual({
    "text/html":
      '<table class="dataframe"><thead><tr><th>a</th><th>b</th><th>c</th></tr></thead>' +
      "<tbody><tr><td>1</td><td>&lt;i&gt;</td><td></td></tr><tr><td></td><td>null</td><td>{ d: [ 1 ] }</td></tr></tbody></table>",
    "text/plain": "[\n  { a: 1, b: '<i>' },\n  { b: null, c: { d: [ 1 ] } }\n]",
  });
  class Point {
    x = 1;
  }
  for (const none of [
    [],
    [1],
    [{}],
    [{ a: 1 }, 2],
    [[1]],
    [new Point()],
    { a: 1 },
    null,
    new Map([[1, { a: 1 }]]),
  ])
    expect(tableOf(none)).toBeUndefined();
});

test("rows and columns are bounded, and counted", () => {
  const wide = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`c${i}`, i]));
  const html = shown(Array(1000).fill(wide))["text/html"]!;
  expect(html.match(/<tr>/g)).toHaveLength(51);
  expect(html.match(/<th>/g)).toHaveLength(30);
  expect(html).toContain(
    "1000 rows, of which the first 50 are shown; 40 columns, of which the first 30 are shown",
  );
});

test("tables of Arrow and of arquero, by what they can do", () => {
  const rows = [
    { a: 1, b: "x" },
    { a: 22, b: "y" },
  ];
  const arrow = {
    schema: { fields: [{ name: "a" }, { name: "b" }] },
    numRows: 2,
    get: (i: number) => rows[i],
  };
  const { get, ...rest } = arrow;
  const arquero = { numRows: () => 100, columnNames: () => ["a", "b"], object: (i: number) => rows[i % 2] };
  expect(shown(arrow)["text/plain"]).toBe("a   b\n1   x\n22  y");
  expect(shown({ ...rest, at: get })["text/html"]).toContain("<td>22</td>");
  expect(shown(arquero)["text/plain"]).toMatch(
    /^a {3}b\n1 {3}x\n(?:.*\n)*100 rows, of which the first 50 are shown$/,
  );
});

test("a module of a model is asked for nothing", () => {
  const refuses = new Proxy(
    {},
    {
      get: (_, key) => {
        if (typeof key === "string") throw new Error(key);
        return undefined;
      },
    },
  );
  expect(tableOf(refuses)).toBeUndefined();
});

import { expect, test } from "vitest";
import { asWords } from "../plotly.ts";
import { dressed } from "./looks.ts";

const inks = { ink: "#111111", soft: "#666666", line: "#dddddd", tick: "#bbbbbb", sans: "sans-serif" };

test("what the user has set wins over the looks of the page, words over the data are never drawn", () => {
  const { data, layout } = dressed(
    {
      data: [{ y: [1], line: { width: 4 }, hoverinfo: "all" }],
      layout: { title: { text: "loss" }, yaxis: { type: "log", title: "nats" }, height: 200, bargap: 0 },
    },
    inks,
    "light",
  );
  expect(data[0]).toMatchObject({ line: { width: 4 }, hoverinfo: "none" });
  expect(layout).toMatchObject({
    height: 200,
    bargap: 0,
    title: { text: "loss", font: { color: "#111111" } },
    yaxis: { type: "log", title: { text: "nats" }, gridcolor: "#dddddd" },
  });
});

test("the names of several series stand between the title and the data, never over the data", () => {
  const series = (...names: string[]) => ({ data: names.map((name) => ({ y: [1], name })), layout: {} });
  const { layout } = dressed(series("a", "b"), inks, "light");
  expect(layout).toMatchObject({
    showlegend: true,
    legend: { orientation: "h", y: 1, yanchor: "bottom" },
    margin: { t: 32 },
  });
  expect(dressed(series("a"), inks, "light").layout).toMatchObject({ showlegend: false, margin: { t: 12 } });
});

test("tags in data are words, arrays of numbers stay as they are", () => {
  const packed = { dtype: "f4", bdata: "AAAA", shape: "1" };
  const bytes = new Uint8Array(2);
  expect(asWords({ name: "<a href='x'>&", x: ["<b>"], y: packed, z: bytes, n: null })).toEqual({
    name: "&lt;a href='x'&gt;&amp;",
    x: ["&lt;b&gt;"],
    y: packed,
    z: bytes,
    n: null,
  });
});

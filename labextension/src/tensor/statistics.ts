/** The line of numbers under the header. */
import type { TensorPayload } from "nnsight-ts/display";
import { html } from "../dom.ts";
import { formatInteger, formatNumber, isFloat } from "../format.ts";

export function statistics({ dtype, statistics: s }: TensorPayload): HTMLElement {
  const inf = s.positiveInfinity + s.negativeInfinity;
  const usual = [
    measure("mean", s.mean),
    measure("std", s.std),
    measure("median |x|", s.medianSize, s.approximate),
    measure("p99 |x|", s.p99Size, s.approximate),
  ];
  const zero = count("zero", s.zero);
  const parts =
    dtype === "bool"
      ? [count("true", s.count - s.zero), count("false", s.zero)]
      : isFloat(dtype)
        ? [...usual, zero, count("nan", s.nan, true), count("inf", inf, true)]
        : [...usual, zero];
  return html("div", "nnsight-row", ...parts.filter((part) => part !== undefined));
}

function measure(name: string, value: number | null, approximate = false): HTMLElement | undefined {
  if (value === null) return undefined;
  const item = entry(name, `${approximate ? "≈" : ""}${formatNumber(value)}`, "");
  if (approximate) item.title = "from a sample of the values";
  return item;
}

/** Quiet while it is zero; loud if it should be. */
const count = (name: string, n: number, odd = false): HTMLElement =>
  entry(name, formatInteger(n), n === 0 ? "nnsight-dim" : odd ? "nnsight-odd" : "");

const entry = (name: string, value: string, className: string): HTMLElement =>
  html("span", "nnsight-statistic", html("i", "", name), html("span", className, value));

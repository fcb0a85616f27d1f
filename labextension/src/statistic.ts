/** A name and its value in the line under a header. */
import { html } from "./dom.ts";

/** A value that asks for attention is `odd`. */
export const statistic = (name: string, value: Node | string, odd = false): HTMLElement =>
  html("span", "nnsight-statistic", html("i", "", name), html("span", odd ? "nnsight-odd" : "", value));

/** A token as text: a leading space is a dot, dimmed before a word, a line break a sign, a long one is cut. */
import { html, svg } from "./dom.ts";

export interface TokenText {
  readonly space: boolean;
  readonly text: string;
}

export function tokenText(token: string, most = 8): TokenText {
  const space = token.startsWith(" ");
  const text = token
    .slice(space ? 1 : 0)
    .replace(/\r?\n/g, "⏎")
    .replace(/\t/g, "⇥");
  const room = most - Number(space);
  return { space, text: text.length > room ? `${text.slice(0, room - 1)}…` : text };
}

/** The number of letters it takes. */
export const tokenLength = ({ space, text }: TokenText): number => text.length + Number(space);

export const tokenHtml = ({ space, text }: TokenText): (Node | string)[] =>
  space && text ? [html("span", "nnsight-space", "·"), text] : [space ? "·" : text];

export const tokenSvg = ({ space, text }: TokenText): (Node | string)[] =>
  space && text ? [svg("tspan", { class: "nnsight-space" }, "·"), text] : [space ? "·" : text];

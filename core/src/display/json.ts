/** What all payloads have in common: how large they may be, and how their text is kept short. */
import type { Where } from "./payload.ts";

/** The most bytes of JSON of one output: with its picture and its text it stays below 64 KB. */
export const MOST_BYTES = 48 * 1024;

export const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

export const shortWhere = ({ line, module }: Where): Where => ({
  ...(line !== undefined && { line: cut(line, 200) }),
  ...(module !== undefined && { module: cut(module, 200) }),
});

export const jsonBytes = (payload: unknown): number =>
  new TextEncoder().encode(JSON.stringify(payload)).length;

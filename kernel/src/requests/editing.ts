/** What an editor asks while a cell is being written: completion and inspection. */
import type { Completion } from "nnsight-ts-compiler";
import { toPoints, toUnits } from "../offsets.ts";
import type { Seen } from "../user/look.ts";
import type { Handler } from "./handler.ts";

interface AtCursor {
  readonly code: string;
  readonly cursor_pos: number;
}

export const complete: Handler<AtCursor> = async ({ code, cursor_pos }, { compiler, lookups }) => {
  const found = await compiler.ask("complete", code, toUnits(code, cursor_pos));
  const seen = found.lookup ? await lookups.members(found.lookup) : [];
  const { start, end } = found.lookup && seen.length ? found.lookup : found;
  const matches = merged(start === found.start ? found.matches : [], seen);
  const place = { start: toPoints(code, start), end: toPoints(code, end) };
  return {
    status: "ok",
    matches: matches.map(({ text }) => text),
    cursor_start: place.start,
    cursor_end: place.end,
    metadata: {
      _jupyter_types_experimental: matches.map(({ text, kind }) => ({ text, type: kind, ...place })),
    },
  };
};

/** What values know comes first: they know the class of a module, where its type is "property". */
function merged(matches: readonly Completion[], seen: readonly Seen[]): readonly Completion[] {
  const names = new Set(seen.map(({ name }) => name));
  const fromValues = seen.map(({ name, kind }) => ({ text: name, kind }));
  return [...fromValues, ...matches.filter(({ text }) => !names.has(text))];
}

const nothing = { status: "ok", found: false, data: {}, metadata: {} };

export const inspect: Handler<AtCursor> = async ({ code, cursor_pos }, { compiler, lookups }) => {
  const found = await compiler.ask("inspect", code, toUnits(code, cursor_pos));
  if (!found) return nothing;
  const { signature, documentation, tags, value } = found;
  // Of these, types say nothing.
  const isVague = /(^|: )(any|unknown|object)$/.test(signature);
  const text = value && isVague ? await lookups.text(value) : undefined;
  // TypeScript says this, and no more, of a name that does not exist.
  if (signature === "any" && !text) return nothing;
  const rest = [documentation, tags].filter((part) => part !== "");
  const data = {
    "text/plain": [signature, ...rest, ...(text ? [text] : [])].join("\n\n"),
    "text/markdown": [fenced("ts", signature), ...rest, ...(text ? [fenced("text", text)] : [])].join("\n\n"),
  };
  return { status: "ok", found: true, data, metadata: {} };
};

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** What an editor asks while a cell is being written: completion, inspection, completeness. */
import { toPoints, toUnits } from "../offsets.ts";
import type { Handler } from "./handler.ts";

interface AtCursor {
  readonly code: string;
  readonly cursor_pos: number;
}

export const complete: Handler<AtCursor> = async ({ code, cursor_pos }, { compiler }) => {
  const found = await compiler.ask("complete", code, toUnits(code, cursor_pos));
  const start = toPoints(code, found.start);
  const end = toPoints(code, found.end);
  const types = found.matches.map(({ text, kind }) => ({ text, type: kind, start, end }));
  return {
    status: "ok",
    matches: found.matches.map(({ text }) => text),
    cursor_start: start,
    cursor_end: end,
    metadata: { _jupyter_types_experimental: types },
  };
};

export const inspect: Handler<AtCursor> = async ({ code, cursor_pos }, { compiler }) => {
  const found = await compiler.ask("inspect", code, toUnits(code, cursor_pos));
  if (!found) return { status: "ok", found: false, data: {}, metadata: {} };
  const { signature, documentation, tags } = found;
  const rest = [documentation, tags].filter((part) => part !== "");
  const data = {
    "text/plain": [signature, ...rest].join("\n\n"),
    "text/markdown": [`\`\`\`ts\n${signature}\n\`\`\``, ...rest].join("\n\n"),
  };
  return { status: "ok", found: true, data, metadata: {} };
};

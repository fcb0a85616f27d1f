/** Hands lines of log to a kernel that can show them; without one they stay lines of text. */
import { lineOf } from "../../base/where.ts";
import { formatLog, showLogWith } from "../../trace/log.ts";
import { keepTensor } from "../live/keep.ts";
import { type LogEntry, logParts } from "./line.ts";

/** Where a kernel takes lines; `text` is the line as a script prints it. */
const registered = Symbol.for("nnsight.log");

type Take = (text: string, entry: LogEntry) => void;

export function openLog(): void {
  showLogWith(({ node, message }) => {
    const take = (globalThis as { [registered]?: Take })[registered];
    if (!take) return false;
    const line = node.where ? lineOf(node.where).replace(/:\d+$/, "") : "";
    const parts = logParts(message, (host, name) =>
      keepTensor(host, { ...(name && { name }), ...(line && { where: { line } }) }),
    );
    take(formatLog(message), { line, parts });
    return true;
  });
}

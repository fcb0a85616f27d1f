/** The viewer of remote runs: one line, rewritten in place; under it what the run has logged. */
import "../../style/log.css";
import type { Job } from "nnsight-ts/display";
import { html } from "../dom.ts";
import { formatBytes, formatSeconds } from "../format.ts";
import type { Viewer } from "../renderer.ts";

export const jobViewer: Viewer<Job & { readonly id?: string }> = (job) => {
  const lines = (job.log ?? []).map((line) => html("div", "nnsight-job-log", String(line)));
  const node = html("div", "nnsight-card nnsight-job-card", ...jobLine(job), ...lines);
  return { node, draw: () => {} };
};

/** Whether there may be more news of it. */
export const isOpen = ({ state }: Job): boolean => !["COMPLETED", "ERROR", "CANCELLED"].includes(state);

/** The line, and a bar under it while an answer comes in. */
export function jobLine({ job, state, detail, seconds, bytes, received }: Job): HTMLElement[] {
  const dot = html("span", `nnsight-dot nnsight-dot-${String(state).toLowerCase()}`);
  const id = html("span", "nnsight-mono nnsight-dim", String(job).slice(-6));
  id.title = String(job);
  const row = html(
    "div",
    "nnsight-job",
    html("b", "nnsight-state", dot, String(state)),
    id,
    ...(detail === undefined ? [] : [html("span", state === "ERROR" ? "" : "nnsight-dim", detail)]),
    html(
      "span",
      "nnsight-job-end",
      ...(seconds === undefined ? [] : [html("span", "nnsight-mono", formatSeconds(seconds))]),
      ...(bytes === undefined ? [] : [html("span", "nnsight-mono", formatBytes(bytes))]),
    ),
  );
  row.setAttribute("role", "status");
  if (bytes === undefined || received === undefined || received >= bytes) return [row];
  const done = html("i");
  done.style.width = `${(100 * received) / bytes}%`;
  const text = `${formatBytes(received)} of ${formatBytes(bytes)}`;
  return [
    row,
    html(
      "div",
      "nnsight-job",
      html("div", "nnsight-bar", done),
      html("span", "nnsight-mono nnsight-dim", text),
    ),
  ];
}

/** The viewer of remote runs: one line, rewritten in place. */
import "../../style/log.css";
import type { Job } from "nnsight-ts/display";
import { action } from "../controls.ts";
import { html } from "../dom.ts";
import { formatBytes, formatSeconds } from "../format.ts";
import { jumpToLine } from "../provenance.ts";
import type { Viewer } from "../renderer.ts";

export const jobViewer: Viewer<Job & { readonly id?: string }> = (job) => {
  const node = html("div", "nnsight-card nnsight-job-card");
  return { node, draw: () => node.replaceChildren(...jobLine(job, node)) };
};

/** The line, and a bar under it while an answer comes in. */
export function jobLine(job: Job, around: HTMLElement): HTMLElement[] {
  const { state, name, detail, seconds, bytes, received, line } = job;
  const dot = html("span", `nnsight-dot nnsight-dot-${String(state).toLowerCase()}`);
  const right = [
    ...(seconds === undefined ? [] : [html("span", "nnsight-mono", formatSeconds(seconds))]),
    ...(bytes === undefined ? [] : [html("span", "nnsight-mono", formatBytes(bytes))]),
    ...(line === undefined ? [] : [jump(line, around)]),
  ];
  const row = html(
    "div",
    "nnsight-job",
    html("b", "nnsight-state", dot, String(state)),
    html("span", "nnsight-mono nnsight-dim", String(job.job).slice(0, 6)),
    ...(name === undefined ? [] : [html("span", "", name)]),
    ...(detail === undefined ? [] : [html("span", state === "ERROR" ? "" : "nnsight-dim", detail)]),
    html("span", "nnsight-job-end", ...right),
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

function jump(line: string, around: HTMLElement): HTMLElement {
  const link = action(line, () => jumpToLine(line, around));
  link.classList.add("nnsight-line");
  return link;
}

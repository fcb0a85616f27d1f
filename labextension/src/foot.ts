/** The last line of a figure, the same for every viewer: what can be done, how it stands with the kernel, the origin. */
import type { Where } from "nnsight-ts/display";
import { action } from "./controls.ts";
import { html } from "./dom.ts";
import type { LiveState } from "./live/live.ts";
import { jumpToLine } from "./provenance.ts";

export interface Foot {
  readonly node: HTMLElement;
  tell(state: LiveState, isPartial: boolean): void;
}

/** `isPartial` in `tell`: whether the notebook keeps less than the kernel has. */
export function foot(actions: readonly HTMLElement[], where: Where | undefined): Foot {
  const status = html("span", "nnsight-status");
  status.setAttribute("role", "status");
  const node = html("div", "nnsight-foot", ...actions, status);
  if (where) node.append(origin(where, node));
  return {
    node,
    tell(state, isPartial) {
      const text = textOf(state, isPartial, where?.line);
      if (status.textContent !== text) status.textContent = text;
      status.classList.toggle("nnsight-odd", state === "gone");
    },
  };
}

function origin({ line, module }: Where, node: HTMLElement): HTMLElement {
  const link = line && action(line, () => jumpToLine(line, node));
  if (link) link.title = "Show the line";
  return html(
    "span",
    "nnsight-where",
    ...(link ? [link] : []),
    ...(module ? [link ? ` → ${module}` : module] : []),
  );
}

function textOf(state: LiveState, isPartial: boolean, line: string | undefined): string {
  if (state === "waiting") return "waiting for the kernel";
  if (!isPartial || state === "ready") return "";
  if (state === "gone")
    return `no longer in the kernel: run ${line?.replace(/:\d+$/, "") ?? "the cell"} again`;
  return "saved picture";
}

/** Puts text on the clipboard and says so in the room of its own name. */
export function copyAction(label: string, text: () => string): HTMLButtonElement {
  const button = action(label, async () => {
    await navigator.clipboard.writeText(text());
    button.style.minWidth = `${button.offsetWidth}px`;
    button.textContent = "copied";
    setTimeout(() => (button.textContent = label), 1200);
  });
  return button;
}

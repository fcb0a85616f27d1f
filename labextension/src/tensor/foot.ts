/** The last line of a card: what can be done with the tensor and where it came from. */
import type { TensorPayload } from "nnsight-ts/display";
import { html } from "../dom.ts";
import { jumpToLine } from "../provenance.ts";

export interface Actions {
  /** The table: whether it is shown, and how to show or hide it. */
  readonly numbers?: { readonly shown: boolean; readonly show: (shown: boolean) => void };
  readonly png?: () => void;
}

export function foot({ name, where }: TensorPayload, { numbers, png }: Actions): HTMLElement {
  const node = html("div", "nnsight-foot");
  if (numbers) {
    node.append(toggle("numbers", numbers.shown, numbers.show));
  }
  if (name) node.append(copyExpression(name));
  if (png) node.append(action("png", png));
  if (where) {
    const line = action(where.line, () => jumpToLine(where.line, node));
    line.title = "Show the line";
    node.append(html("span", "nnsight-where", line, ...(where.module ? [` → ${where.module}`] : [])));
  }
  return node;
}

/** Says that it has copied in the room of its own name. */
function copyExpression(name: string): HTMLButtonElement {
  const label = "copy expression";
  const button = action(label, async () => {
    await navigator.clipboard.writeText(name);
    button.style.minWidth = `${button.offsetWidth}px`;
    button.textContent = "copied";
    setTimeout(() => (button.textContent = label), 1200);
  });
  return button;
}

function toggle(text: string, open: boolean, show: (open: boolean) => void): HTMLButtonElement {
  const button = action(text, () => {
    open = !open;
    button.ariaExpanded = String(open);
    show(open);
  });
  button.ariaExpanded = String(open);
  return button;
}

function action(text: string, act: () => void): HTMLButtonElement {
  const button = html("button", "", text);
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}

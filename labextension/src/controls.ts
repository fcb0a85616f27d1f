/** The small controls of all viewers: words that can be clicked, words that can be chosen from, sliders. */
import { html } from "./dom.ts";

/** A word that does something. */
export function action(text: string, act: () => void): HTMLButtonElement {
  const button = html("button", "nnsight-action", text);
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}

/** A word that shows and hides something. */
export function toggle(text: string, isOpen: boolean, show: (isOpen: boolean) => void): HTMLButtonElement {
  const button = action(text, () => {
    const open = button.ariaExpanded !== "true";
    button.ariaExpanded = String(open);
    show(open);
  });
  button.ariaExpanded = String(isOpen);
  return button;
}

/** A word out of some, in the words' own type. */
export function choice<Value extends string>(
  label: string,
  options: Readonly<Record<Value, string>>,
  value: Value,
  choose: (value: Value) => void,
): HTMLSelectElement {
  const select = html("select", "nnsight-choice");
  select.ariaLabel = label;
  for (const [key, text] of Object.entries<string>(options)) {
    const option = html("option", "", text);
    option.value = key;
    select.append(option);
  }
  select.value = value;
  select.addEventListener("change", () => choose(select.value as Value));
  return select;
}

export interface Slider {
  readonly node: HTMLElement;
  set(value: number, isEnabled: boolean): void;
}

/** The places along a dimension. `isMoving` is true until the reader lets go. */
export function slider(name: string, size: number, move: (index: number, isMoving: boolean) => void): Slider {
  const input = html("input");
  Object.assign(input, {
    type: "range",
    min: "0",
    max: String(Math.max(1, size - 1)),
    ariaLabel: `${name} index`,
  });
  const shown = html("b");
  shown.style.minWidth = `${String(size - 1).length}ch`;
  input.addEventListener("input", () => {
    shown.textContent = input.value;
    move(Number(input.value), true);
  });
  input.addEventListener("change", () => move(Number(input.value), false));
  return {
    node: html("span", "nnsight-slice", name, input, shown, `of ${size}`),
    set(value, isEnabled) {
      input.disabled = !isEnabled || size === 1;
      if (input.value !== String(value)) input.value = String(value);
      shown.textContent = String(value);
    },
  };
}

/** How a drawing changes under the reader's eye: what was clicked stays, the rest moves to its new place. */
import type { Box, Way } from "./layout.ts";

const DURATION = 120;

/** Scrolls so that a step that has moved is where it was on the page. */
export function keepInPlace(plot: HTMLElement, before: Box, after: Box): void {
  plot.scrollLeft += after.x - before.x;
  plot.scrollTop += after.y - before.y;
}

type Steps = ReadonlyMap<Way, { readonly node: SVGGElement; readonly at: Box }>;

/** From the old places to the new ones; what is new comes into sight. Nothing for readers who want no motion. */
export function slide(steps: Steps, before: Steps): void {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const [way, { node, at }] of steps) {
    const old = before.get(way)?.at;
    if (!old) node.animate([{ opacity: 0 }, { opacity: 1 }], { duration: DURATION, easing: "ease-out" });
    else if (old.x !== at.x || old.y !== at.y)
      node.animate(
        [{ transform: `translate(${old.x - at.x}px, ${old.y - at.y}px)` }, { transform: "none" }],
        {
          duration: DURATION,
          easing: "ease-out",
        },
      );
  }
}

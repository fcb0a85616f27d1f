/** Mouse and keys over the heatmap: hover shows, click pins, Escape frees, arrows move. */
import type { Cursor } from "./cursor.ts";
import type { Cell, View } from "./view.ts";

const ARROWS: Record<string, [rows: number, cols: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export function followPointer(figure: HTMLElement, canvas: HTMLElement, view: View, cursor: Cursor): void {
  figure.dataset.lmSuppressShortcuts = "true"; // else JupyterLab takes the arrows to move between cells
  figure.addEventListener("mousemove", (event) => cursor.hover(cellAt(event, canvas, view)));
  figure.addEventListener("mouseleave", () => cursor.hover(undefined));
  figure.addEventListener("click", (event) => {
    const cell = cellAt(event, canvas, view);
    if (!cell) return;
    figure.focus({ preventScroll: true });
    cursor.pin(cell);
  });
  figure.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    const far = event.shiftKey ? 10 : 1;
    if (arrow) cursor.step(arrow[0] * far, arrow[1] * far);
    else if (event.key === "Escape") cursor.pin(undefined);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

function cellAt(event: MouseEvent, canvas: HTMLElement, view: View): Cell | undefined {
  const box = canvas.getBoundingClientRect();
  const row = Math.floor(((event.clientY - box.top) / box.height) * view.rows);
  const col = Math.floor(((event.clientX - box.left) / box.width) * view.cols);
  return row >= 0 && row < view.rows && col >= 0 && col < view.cols ? { row, col } : undefined;
}

/** Mouse and keys over the heatmap: hover shows, click pins, drag looks nearer or moves, arrows move the pin. */
import { html } from "../dom.ts";
import { moved, showing, zoomed } from "./detail.ts";
import type { Look } from "./look.ts";
import { type Place, placeOf } from "./view.ts";

const ARROWS: Record<string, [rows: number, cols: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};
const NEARER = 2;
/** A shorter way is a click. */
const LEAST_DRAG = 4;

export function followPointer(figure: HTMLElement, look: Look): void {
  const { cursor } = look;
  figure.addEventListener("mousemove", (event) => cursor.hover(placeAt(event, figure, look)));
  figure.addEventListener("mouseleave", () => cursor.hover(undefined));
  figure.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && placeAt(event, figure, look)) startDrag(event, figure, look);
  });
  figure.addEventListener("dblclick", (event) => zoomAt(look, placeAt(event, figure, look), NEARER));
  figure.addEventListener("wheel", (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    zoomAt(look, placeAt(event, figure, look), event.deltaY < 0 ? NEARER : 1 / NEARER);
  });
  figure.addEventListener("keydown", (event) => {
    if (!act(event, look)) return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** Whether the key means something here. */
function act({ key, shiftKey }: KeyboardEvent, look: Look): boolean {
  const { cursor, scene } = look;
  const arrow = ARROWS[key];
  if (arrow) {
    const far = shiftKey ? 10 : 1;
    cursor.step(arrow[0] * far * scene.view.pool[0], arrow[1] * far * scene.view.pool[1], scene.sides);
    keepInView(look, cursor.shown);
  } else if (key === "Escape" && cursor.pinned) cursor.pin(undefined);
  else if (key === "0" || key === "Escape") resetZoom(look);
  else if (key === "+" || key === "=") zoomAt(look, cursor.shown, NEARER);
  else if (key === "-") zoomAt(look, cursor.shown, 1 / NEARER);
  else return false;
  return true;
}

function keepInView(look: Look, place: Place): void {
  if (!look.live.canAsk) return;
  const { at } = look.scene.view;
  const window = showing(at, look.sides, place);
  if (window.row !== at.row || window.col !== at.col) look.change({ window });
}

export function resetZoom(look: Look): void {
  look.change({ window: { row: 0, col: 0, ...look.sides } });
}

function zoomAt(look: Look, place: Place | undefined, factor: number): void {
  if (!place || !look.live.canAsk) return;
  look.change({ window: zoomed(look.scene.view.at, look.sides, factor, place) });
}

/** Drags a frame around what is to be seen nearer; in a part of a slice, moves the part. With Shift always a frame. */
function startDrag(start: PointerEvent, figure: HTMLElement, look: Look): void {
  const from = placeAt(start, figure, look)!;
  const { at } = look.scene.view;
  const box = canvasOf(figure).getBoundingClientRect();
  const moves = look.isZoomed && !start.shiftKey;
  const frame = html("div", "nnsight-frame");
  let dragged = false;
  const move = (event: PointerEvent) => {
    dragged ||= Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > LEAST_DRAG;
    if (!dragged || !look.live.canAsk) return;
    if (moves) {
      const rows = ((start.clientY - event.clientY) / box.height) * at.rows;
      const cols = ((start.clientX - event.clientX) / box.width) * at.cols;
      look.change({ window: moved(at, look.sides, rows, cols) }, true);
    } else placeFrame(frame, figure, start, event, box);
  };
  const end = (event: PointerEvent) => {
    figure.removeEventListener("pointermove", move);
    frame.remove();
    figure.focus({ preventScroll: true });
    if (!dragged) return look.cursor.pin(from);
    if (event.type === "pointercancel" || !look.live.canAsk) return;
    if (moves) look.change({});
    else look.change({ window: framed(from, clampedPlace(event, box, look)) });
  };
  figure.setPointerCapture(start.pointerId);
  figure.addEventListener("pointermove", move);
  figure.addEventListener("pointerup", end, { once: true });
}

function framed(a: Place, b: Place) {
  const [row, col] = [Math.min(a.row, b.row), Math.min(a.col, b.col)];
  return { row, col, rows: Math.abs(a.row - b.row) + 1, cols: Math.abs(a.col - b.col) + 1 };
}

function placeFrame(
  frame: HTMLElement,
  figure: HTMLElement,
  a: MouseEvent,
  b: MouseEvent,
  box: DOMRect,
): void {
  const outer = figure.getBoundingClientRect();
  const clampX = (x: number) => Math.min(box.right, Math.max(box.left, x)) - outer.left;
  const clampY = (y: number) => Math.min(box.bottom, Math.max(box.top, y)) - outer.top;
  const [x, y] = [
    Math.min(clampX(a.clientX), clampX(b.clientX)),
    Math.min(clampY(a.clientY), clampY(b.clientY)),
  ];
  Object.assign(frame.style, {
    left: `${x}px`,
    top: `${y}px`,
    width: `${Math.abs(clampX(a.clientX) - clampX(b.clientX))}px`,
    height: `${Math.abs(clampY(a.clientY) - clampY(b.clientY))}px`,
  });
  if (!frame.isConnected) figure.append(frame);
}

const canvasOf = (figure: HTMLElement): HTMLElement => figure.querySelector("canvas")!;

function placeAt(event: MouseEvent, figure: HTMLElement, look: Look): Place | undefined {
  const box = canvasOf(figure).getBoundingClientRect();
  const { clientX: x, clientY: y } = event;
  return x < box.left || x >= box.right || y < box.top || y >= box.bottom
    ? undefined
    : clampedPlace(event, box, look);
}

function clampedPlace({ clientX, clientY }: MouseEvent, box: DOMRect, look: Look): Place {
  const { view } = look.scene;
  const row = Math.floor(((clientY - box.top) / box.height) * view.rows);
  const col = Math.floor(((clientX - box.left) / box.width) * view.cols);
  return placeOf(view, {
    row: Math.min(view.rows - 1, Math.max(0, row)),
    col: Math.min(view.cols - 1, Math.max(0, col)),
  });
}

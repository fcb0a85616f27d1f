/** The figure that was used last: what commands act on. */
import type { Figure } from "./renderer.ts";

let used: Figure | undefined;

export const usedFigure = (): Figure | undefined => used;

export const useFigure = (figure: Figure | undefined): void => void (used = figure);

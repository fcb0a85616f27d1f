/** What the user has set for all viewers; JupyterLab's settings editor writes here through the plugin. */
import type { Reduction } from "nnsight-ts/display";
import type { PaletteSet } from "./palette.ts";

export type RangeMode = "robust" | "full" | "view";

/** What is open under the heatmap of a tensor. */
export type OpenPanel = "none" | "histogram" | "numbers";

export interface Settings {
  readonly palette: PaletteSet;
  /** The most px that a heatmap is high. */
  readonly height: number;
  readonly reduction: Reduction;
  readonly range: RangeMode;
  /** What figures open as. */
  readonly panels: OpenPanel;
  readonly attention: "matrix" | "lines";
  readonly logarithmic: boolean;
  /** What a page may hold of tensors, in megabytes. */
  readonly cache: number;
}

let current: Settings = {
  palette: "blue and orange",
  height: 400,
  reduction: "absmax",
  range: "robust",
  panels: "none",
  attention: "matrix",
  logarithmic: true,
  cache: 64,
};
const listeners = new Set<() => void>();

export const settings = (): Settings => current;

export function changeSettings(changed: Partial<Settings>): void {
  current = { ...current, ...changed };
  for (const listener of listeners) listener();
}

/** Calls back after every change; the result stops it. */
export function onSettingsChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

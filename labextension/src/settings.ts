/** What the user has set for all viewers; JupyterLab's settings editor writes here through the plugin. */
import type { Reduction } from "nnsight-ts/display";
import type { PaletteSet } from "./palette.ts";

export type RangeMode = "robust" | "full" | "view";

export interface Settings {
  readonly palette: PaletteSet;
  /** The most px that a heatmap is high. */
  readonly height: number;
  readonly reduction: Reduction;
  readonly range: RangeMode;
  readonly logarithmic: boolean;
  /** What a page may hold of tensors, in megabytes. */
  readonly cache: number;
}

let current: Settings = {
  palette: "blue and orange",
  height: 400,
  reduction: "absmax",
  range: "robust",
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

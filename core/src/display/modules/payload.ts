/** What our viewer gets of a model: its modules as a tree, those that are alike and follow each other once. */
import type { Where } from "../payload.ts";

export const MODULES_MIME = "application/vnd.nnsight.modules.v1+json";

export interface ModuleWeight {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

export interface ModuleRow {
  /** As its parent names it: of a run, the first one's. */
  readonly name: string;
  /** Of modules that are alike: how many there are, and what the last one is called. */
  readonly times?: number;
  readonly last?: string;
  /** The class, and what it says of itself. */
  readonly kind: string;
  readonly extra?: string;
  /** Types of its first argument and its first result, where the model has been recorded. */
  readonly takes?: string;
  readonly gives?: string;
  /** Of it and all below, of each one in a run. */
  readonly parameters: number;
  readonly bytes: number;
  readonly weights?: readonly ModuleWeight[];
  readonly children?: readonly ModuleRow[];
}

export interface ModulesPayload {
  /** By which the kernel knows the model. */
  readonly id?: string;
  readonly name: string;
  readonly where?: Where;
  readonly root: ModuleRow;
}

/** What a page may ask about a model: one of its weights, as a cell would show it. Answered by a `TensorPayload`. */
export interface WeightQuery {
  readonly ask: "weight";
  /** The path of the module from the one that is shown. */
  readonly path: string;
  readonly name: string;
}

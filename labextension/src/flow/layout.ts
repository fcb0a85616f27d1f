/** Where everything of a body stands: each open group is laid out by itself, and is then one box of the body around it. */
import type { FlowBody, FlowStep } from "nnsight-ts/display";
import { rowsOf } from "./rows.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box extends Size {
  readonly x: number;
  readonly y: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Places for boxes, and the way of each edge. */
export interface Arranged extends Size {
  readonly boxes: readonly Box[];
  readonly lines: readonly (readonly Point[])[];
}

export type Arrange = (boxes: readonly Size[], edges: FlowBody["edges"]) => Promise<Arranged>;

export interface Laid extends Arranged {
  readonly body: number;
  /** What is inside of each step that is open. */
  readonly inside: ReadonlyMap<number, Laid>;
}

/** A step by the way to it: places in the bodies, such as `3.0.12`. */
export type Way = string;

export const wayOf = (outer: Way, step: number): Way => (outer ? `${outer}.${step}` : String(step));

const [MONO, SMALL] = [7.3, 5.9];
export const TITLE = 28;
export const PAD = 12;

/** How large a closed step is; `types` adds a line. */
export function sizeOf({ kind, label, detail = "", type = "" }: FlowStep, types: boolean): Size {
  const lines = 1 + (detail ? 1 : 0) + (types && type ? 1 : 0);
  const mark = kind === "group" || kind === "call" ? 14 : 0;
  const text = Math.max(label.length * MONO + mark, detail.length * SMALL, types ? type.length * SMALL : 0);
  const ends = kind === "input" || kind === "output";
  return { width: Math.ceil(text) + (ends ? 8 : 20), height: lines * 14 + (ends ? 6 : 10) };
}

export class Layouts {
  readonly #known = new Map<string, Promise<Laid>>();

  constructor(
    private readonly bodies: readonly FlowBody[],
    private readonly arrange: Arrange,
  ) {}

  /** A body that is open in the same places is laid out once, wherever it stands. */
  of(body: number, open: ReadonlySet<Way>, types: boolean, way: Way = ""): Promise<Laid> {
    const inner = way
      ? [...open].filter((one) => one.startsWith(`${way}.`)).map((one) => one.slice(way.length + 1))
      : [...open];
    const key = `${body} ${types} ${inner.sort().join(" ")}`;
    const laid = this.#known.get(key) ?? this.#lay(body, new Set(inner), types);
    this.#known.set(key, laid);
    return laid;
  }

  async #lay(body: number, open: ReadonlySet<Way>, types: boolean): Promise<Laid> {
    const { steps, edges } = this.bodies[body]!;
    const inside = new Map<number, Laid>();
    const sizes: Size[] = [];
    for (const [i, step] of steps.entries()) {
      const laid =
        step.body !== undefined && open.has(String(i))
          ? await this.of(step.body, open, types, String(i))
          : undefined;
      if (laid) inside.set(i, laid);
      const least = sizeOf(step, false);
      sizes.push(
        laid
          ? { width: Math.max(laid.width + 2 * PAD, least.width + PAD), height: laid.height + TITLE + PAD }
          : sizeOf(step, types),
      );
    }
    const arranged = await this.arrange(sizes, edges).catch(() => rowsOf(sizes, edges));
    return { ...arranged, body, inside };
  }
}

/** How many steps are drawn. */
export function visible(
  bodies: readonly FlowBody[],
  body: number,
  open: ReadonlySet<Way>,
  way: Way = "",
): number {
  return bodies[body]!.steps.reduce((sum, step, i) => {
    const own = wayOf(way, i);
    return sum + 1 + (step.body !== undefined && open.has(own) ? visible(bodies, step.body, open, own) : 0);
  }, 0);
}

/** More steps than that are not drawn at once. */
export const MOST = 1500;

/** What is open with some groups more, and how many steps that shows; `open` only if they are not too many. */
export function widened(
  bodies: readonly FlowBody[],
  root: number,
  open: ReadonlySet<Way>,
  ways: readonly Way[],
): { readonly open?: ReadonlySet<Way>; readonly count: number } {
  const wider = new Set([...open, ...ways]);
  const count = visible(bodies, root, wider);
  return { count, ...(count <= MOST && { open: wider }) };
}

/** Steps whose label or detail has the words in it, with the ways that lead to them; no more than `most`. */
export function findSteps(bodies: readonly FlowBody[], root: number, words: string, most: number): Way[] {
  const wanted = words.toLowerCase();
  const found: Way[] = [];
  const look = (body: number, way: Way): void => {
    for (const [i, step] of bodies[body]!.steps.entries()) {
      if (found.length >= most) return;
      const own = wayOf(way, i);
      if (`${step.label} ${step.detail ?? ""}`.toLowerCase().includes(wanted)) found.push(own);
      if (step.body !== undefined) look(step.body, own);
    }
  };
  look(root, "");
  return found;
}

/** The ways of all groups around a step. */
export const around = (way: Way): Way[] => {
  const parts = way.split(".");
  return parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join("."));
};

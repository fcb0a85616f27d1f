/** A window that moves over some dimensions: how far it steps, and what lies under it. */
import { ValueError } from "../base/errors.ts";
import { sizeOf } from "../tensor/host.ts";
import { stridesOf } from "../tensor/view.ts";

export type Windowed = {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
};

export type Window = Windowed & {
  readonly sizes: readonly number[];
  readonly places: readonly number[];
  readonly kernel: readonly number[];
};

type Many = number | readonly number[];

/** One number for all dimensions, or one for each. @throws ValueError for others */
export function windowOf(rank: number, stride: Many, padding: Many, dilation: Many): Windowed {
  const each = (given: Many, least: number): readonly number[] => {
    const list = typeof given === "number" ? Array<number>(rank).fill(given) : given;
    if (list.length === rank && list.every((n) => Number.isInteger(n) && n >= least)) return list;
    throw new ValueError(
      `a window has ${rank} whole numbers from ${least}, or one for all, not [${list.join(", ")}]`,
    );
  };
  return { stride: each(stride, 1), padding: each(padding, 0), dilation: each(dilation, 1) };
}

/** For each place of the window where the values under it lie, and which place of the kernel is over each. */
export function windows(
  { sizes, places, kernel, stride, padding, dilation }: Window,
  visit: (place: number, inside: readonly { readonly at: number; readonly tap: number }[]) => void,
): void {
  const [own, taps, strides] = [stridesOf(places), stridesOf(kernel), stridesOf(sizes)];
  for (let place = 0; place < sizeOf(places); place++) {
    const inside: { at: number; tap: number }[] = [];
    for (let tap = 0; tap < sizeOf(kernel); tap++) {
      let at = 0;
      for (let d = 0; d < sizes.length && at >= 0; d++) {
        const first = (Math.floor(place / own[d]!) % places[d]!) * stride[d]! - padding[d]!;
        const here = first + (Math.floor(tap / taps[d]!) % kernel[d]!) * dilation[d]!;
        at = here < 0 || here >= sizes[d]! ? -1 : at + here * strides[d]!;
      }
      if (at >= 0) inside.push({ at, tap });
    }
    visit(place, inside);
  }
}

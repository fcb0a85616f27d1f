/** Tensors whose figures have been chosen for a comparison; the panel of values takes them. */

export interface Offered {
  /** As the kernel knows the tensor that the figure shows. */
  readonly id: string;
  /** What the figure is called. */
  readonly name: string;
}

let offers: Offered[] = [];
const listeners = new Set<() => void>();

export function offer(one: Offered): void {
  offers.push(one);
  for (const listener of listeners) listener();
}

/** Each offer is taken once. */
export function takeOffers(): readonly Offered[] {
  const taken = offers;
  offers = [];
  return taken;
}

/** Calls back with every offer. */
export const onOffer = (listener: () => void): void => void listeners.add(listener);

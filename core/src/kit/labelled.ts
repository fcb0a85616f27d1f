/** Tensors whose places have names: what the functions of the kit give. A notebook draws them with the names. */
import { figure, type Tensor, ValueError } from "../index.ts";

export type Label = string | number;

/** For each dimension, in order: what it is, and a label for each of its places. */
export type Labels = Readonly<Record<string, readonly Label[]>>;

/** A tensor with labels; what is computed from it is a plain tensor again. */
export type Labelled<L extends Labels = Labels> = Tensor & {
  readonly title: string;
  readonly labels: L;
};

const display = Symbol.for("Jupyter.display");
const inspect = Symbol.for("nodejs.util.inspect.custom");

type Shown = { [display](): Record<string, unknown> };

/**
 * Gives a tensor labels and a picture: bars for one dimension, a map of colours for two, else as any tensor.
 * @param draw another picture, such as one of `show`
 * @throws ValueError when there are not as many labels as places
 */
export function labelled<const L extends Labels>(
  values: Tensor,
  labels: L,
  title: string,
  draw?: () => object,
): Labelled<L> {
  const sizes = Object.values(labels).map(({ length }) => length);
  if (String(sizes) !== String(values.shape))
    throw new ValueError(
      `'${title}' has the shape [${values.shape.join(", ")}], and labels for [${sizes.join(", ")}]: give one label for each place of each dimension.`,
    );
  const plain = (): Record<string, unknown> => (Object.getPrototypeOf(values) as Shown)[display].call(values);
  const head = `${title} [${Object.entries(labels)
    .map(([name, { length }]) => `${name} ${length}`)
    .join(", ")}]`;
  const text = (): string => `${head}\n${values.toString()}`;
  const picture = (): Record<string, unknown> => {
    if (draw) return (draw() as Shown)[display]();
    return values.ndim === 1 || values.ndim === 2 ? drawn(values, labels, title) : plain();
  };
  return Object.defineProperties(values, {
    title: { value: title, configurable: true },
    labels: { value: labels, configurable: true },
    [display]: { value: () => ({ ...picture(), "text/plain": text() }), configurable: true },
    [inspect]: { value: text, configurable: true },
  }) as Labelled<L>;
}

function drawn(values: Tensor, labels: Labels, title: string): Record<string, unknown> {
  const [first, second] = Object.entries(labels).map(([name, own]) => ({ name, places: apart(own) }));
  const trace = second
    ? { type: "heatmap", z: values.toArray() as number[][], x: second.places, y: first!.places, zmid: 0 }
    : { type: "bar", x: first!.places, y: values.toArray() as number[] };
  const layout = {
    title,
    xaxis: { title: (second ?? first)!.name },
    ...(second && { yaxis: { title: first!.name } }),
  };
  return (figure({ data: [trace], layout }) as unknown as Shown)[display]();
}

/** A word that comes twice is told apart by its place. */
function apart(labels: readonly Label[]): readonly Label[] {
  return new Set(labels).size === labels.length ? labels : labels.map((label, i) => `${i} ${label}`);
}

/** One place of a labelled tensor. */
export type Place<L extends Labels> = { readonly [K in keyof L]: L[K][number] } & { readonly value: number };

/** The places with the largest numbers, whichever their sign, with their labels. */
export function largest<L extends Labels>(tensor: Labelled<L>, count = 5): Place<L>[] {
  const axes = Object.entries(tensor.labels);
  return [...tensor.data]
    .map((value, place) => ({ value: Number(value), place }))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, count)
    .map(({ value, place }) => {
      let rest = place;
      const own = axes.toReversed().map(([name, labels]) => {
        const label = labels[rest % labels.length];
        rest = Math.floor(rest / labels.length);
        return [name, label] as const;
      });
      return { ...Object.fromEntries(own.reverse()), value } as Place<L>;
    });
}

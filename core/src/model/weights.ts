/** Puts weights into a module: those of files by their names, or drawn from a seed. */
import { ValueError } from "../base/errors.ts";
import type { Module } from "../nn/module.ts";
import { allocate, type Host, sizeOf } from "../tensor/host.ts";
import type { Role } from "../tensor/packed.ts";
import { Generator as Random } from "../tensor/random.ts";
import { isLazy } from "../trace/state.ts";
import { Tensor } from "../trace/tensor.ts";

/**
 * Puts the weights of files into the parameters; tied ones follow by themselves.
 * @param prefix stands before the names in checkpoints of one kind, and is missing in those of another
 * @returns the names of weights in layers that the model has no place for
 * @throws ValueError when weights are missing or of another shape
 */
export function fill(
  module: Module,
  weights: ReadonlyMap<string, Host>,
  prefix: string,
  id: string,
): string[] {
  const left = new Set(weights.keys());
  const tensors = new Map<Tensor, Tensor>();
  const missing: string[] = [];
  for (const { full, parameter, assign } of slotsOf(module)) {
    const [name, ...others] = namesOf(full, prefix).filter((one) => weights.has(one));
    for (const one of [name!, ...others]) left.delete(one);
    const host = name === undefined ? undefined : weights.get(name);
    const value = host ? new Tensor(checked(host, parameter, full, id)) : tensors.get(parameter);
    if (value) {
      tensors.set(parameter, value);
      assign(value);
    } else missing.push(full);
  }
  if (missing.length)
    throw new ValueError(
      `${id} lacks ${missing.length} weights that its config asks for, such as '${missing[0]}'. Fetch it again.`,
    );
  return [...left].filter((name) => /\.\d+\./.test(name) && !buffers.test(name));
}

/** What checkpoints keep beside weights: masks, tables of positions, and a bias of T5's that its decoder never had a use for. */
const buffers =
  /(attn|attention)\.(masked_)?bias$|inv_freq$|position_ids$|_cached$|EncDecAttention\.relative_attention_bias\.weight$/;

/** What the weights of a model are for, by each name that they may have in a checkpoint. */
export function rolesOf(module: Module, prefix: string): Map<string, Role> {
  const roles = new Map<string, Role>();
  for (const [path, { weightRole, ownParameters }] of module.namedModules()) {
    if (!weightRole || !("weight" in ownParameters)) continue;
    for (const name of namesOf(path ? `${path}.weight` : "weight", prefix))
      if (roles.get(name) !== "table") roles.set(name, weightRole);
  }
  return roles;
}

/** The names that a weight may have in a checkpoint: with the prefix and without it, and as the first BERTs wrote it. */
function namesOf(full: string, prefix: string): readonly string[] {
  const other = prefix && full.startsWith(prefix) ? full.slice(prefix.length) : prefix + full;
  const old = (name: string): string =>
    name.replace(/LayerNorm\.weight$/, "LayerNorm.gamma").replace(/LayerNorm\.bias$/, "LayerNorm.beta");
  return [...new Set([full, other, old(full), old(other)])];
}

function checked(host: Host, parameter: Tensor, name: string, id: string): Host {
  if (String(host.shape) === String(parameter.shape)) return host;
  throw new ValueError(
    `'${name}' of ${id} is [${host.shape.join(", ")}], where its config asks for [${parameter.shape.join(", ")}]. The two do not belong together: fetch both again.`,
  );
}

/**
 * Draws all parameters: each is what its layer begins with (1 for the weights of norms, else 0) plus numbers from N(0, std²),
 * in the order of their names, by PyTorch's generator. Tied ones are drawn once.
 */
export function draw(module: Module, std: number, seed: number): void {
  const generator = new Random(seed);
  const drawn = new Map<Tensor, Tensor>();
  const places = [...slotsOf(module)];
  const first = new Map(places.toReversed().map(({ full, parameter }) => [parameter, full]));
  for (const [parameter] of [...first].sort(([, a], [, b]) => (a < b ? -1 : 1))) {
    const { state } = parameter;
    if (isLazy(state)) continue;
    const size = sizeOf(state.shape);
    const noise = generator.normal(size);
    const data = allocate("float32", size) as Float32Array;
    const scale = Math.fround(std);
    for (let i = 0; i < size; i++) data[i] = Number(state.data[i]) + Math.fround(noise[i]! * scale);
    drawn.set(parameter, new Tensor({ dtype: "float32", shape: state.shape, data }));
  }
  for (const { parameter, assign } of places) assign(drawn.get(parameter)!);
}

interface Place {
  readonly full: string;
  readonly parameter: Tensor;
  readonly assign: (value: Tensor) => void;
}

/** Every place of a parameter. */
function* slotsOf(module: Module): Generator<Place> {
  for (const [path, one] of module.namedModules())
    for (const [name, parameter] of Object.entries(one.ownParameters))
      yield {
        full: path ? `${path}.${name}` : name,
        parameter,
        assign: (value) => void Reflect.set(one, name, value),
      };
}

/** Weights that follow each other in a file, as one. */
import { allocate, type Data, type Host, sizeOf } from "../../tensor/host.ts";

/** The joined ones by the first of them and their rows, so that a weight stays the same weight in all graphs. */
const known = new WeakMap<Host, Map<number, Host>>();

/** The rows of all, one after the other; each follows the one before it. */
export function joinedRows(hosts: readonly Host[]): Host {
  const [first] = hosts as [Host];
  const rows = hosts.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const all = known.get(first) ?? new Map<number, Host>();
  known.set(first, all);
  const found = all.get(rows) ?? joined(hosts, [rows, ...first.shape.slice(1)]);
  all.set(rows, found);
  return found;
}

function joined(hosts: readonly Host[], shape: readonly number[]): Host {
  const { dtype, source } = hosts[0]!;
  const length = hosts.reduce((sum, host) => sum + host.source!.length, 0);
  let data: Data | undefined;
  return {
    dtype,
    shape,
    source: Object.freeze({ ...source!, length }),
    get data() {
      return (data ??= inOne(hosts, allocate(dtype, sizeOf(shape))));
    },
  };
}

function inOne(hosts: readonly Host[], all: Data): Data {
  let end = 0;
  for (const { data } of hosts) {
    (all as Uint8Array).set(data as Uint8Array, end);
    end += data.length;
  }
  return all;
}

/** Whether the rows of the second begin in the file where those of the first end, and are alike. */
export const follows = (before: Host, { dtype, shape, source }: Host): boolean =>
  source !== undefined &&
  before.source?.path === source.path &&
  before.source.offset + before.source.length === source.offset &&
  before.dtype === dtype &&
  before.shape.slice(1).join() === shape.slice(1).join();

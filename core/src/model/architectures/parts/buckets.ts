/** T5's distances: near ones each in a bucket of its own, far ones shared, the further the more. */
import { ops } from "../../../trace/functions.ts";
import { Tensor } from "../../../trace/tensor.ts";

/**
 * For each query and key the bucket of their distance.
 * @param count buckets in all
 * @param reach distances from here on share one
 * @param twoWays whether keys ahead have buckets, too
 * @returns from values `[batch, query, …]` and `[batch, key, …]` int64 `[query, key]`
 */
export function bucketsOf(
  count: number,
  reach: number,
  twoWays: boolean,
): (query: Tensor, key: Tensor) => Tensor {
  const table = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    bucket(i - reach, count, reach, twoWays),
  );
  const buckets = new Tensor({ dtype: "float32", shape: [table.length, 1], data: table });
  return (query, key) => {
    const distance = placesOf(key).unsqueeze(0).sub(placesOf(query).unsqueeze(1));
    return distance.clamp(-reach, reach).add(reach).embedding(buckets).squeeze(-1).long();
  };
}

/** 1, 2, … along the second axis. */
const placesOf = (x: Tensor): Tensor =>
  ops
    .onesLike(x.at(0, ":", 0))
    .long()
    .cumsum(-1);

function bucket(distance: number, count: number, reach: number, twoWays: boolean): number {
  const own = twoWays ? Math.floor(count / 2) : count;
  const start = twoWays && distance > 0 ? own : 0;
  const far = twoWays ? Math.abs(distance) : Math.max(-distance, 0);
  const exact = Math.floor(own / 2);
  if (far < exact) return start + far;
  // In float32 as the reference has it: it decides which bucket a distance at a border falls into.
  const share = Math.fround(
    Math.fround(Math.log(Math.fround(far / exact))) / Math.fround(Math.log(reach / exact)),
  );
  return start + Math.min(exact + Math.floor(Math.fround(share * (own - exact))), own - 1);
}

/** How a worker asks the broker of its own process: without requests, which are most of the work of a small job. */
import { open } from "node:fs/promises";
import { readFrom } from "../blobs.ts";
import { taken } from "../broker/body.ts";
import { type Broker, leaseId } from "../broker/broker.ts";
import { Desk } from "../broker/desk.ts";
import type { Line } from "./line.ts";

export function ownLine(broker: Broker): Line {
  const desk = new Desk(broker);
  const abort = new AbortController();
  return {
    async lease(question) {
      const { leases, drained } = await desk.lease(question, abort.signal);
      const own = leases.map(({ hash: _, program, ...lease }) => ({
        ...lease,
        ...{ id: leaseId(lease), beat: broker.beat },
        program: new Uint8Array(program),
      }));
      return { leases: own, drained };
    },
    beat: (lease, lines) => desk.beat(lease, lines),
    async end(lease, end, made) {
      const parts = typeof made === "string" ? readFrom(await open(made)) : made;
      await desk.end(lease, end, await taken(parts, broker.blobs));
    },
    async release(lease) {
      await desk.release(lease);
    },
    place: (said) => desk.place(said),
    hangUp: () => abort.abort(),
  };
}

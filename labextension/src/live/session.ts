/** Finds the kernel session around an output: that of the notebook or console it stands in. */
import type { ISessionContext } from "@jupyterlab/apputils";
import type { Widget } from "@lumino/widgets";
import { Connection } from "./connection.ts";

const connections = new WeakMap<ISessionContext, Connection>();

/** `undefined` where an output stands outside of any notebook, such as in a view of its own. */
export function connectionAround(widget: Widget): Connection | undefined {
  for (let at: Widget | null = widget; at; at = at.parent) {
    const session = (at as Partial<{ sessionContext: ISessionContext }>).sessionContext;
    if (!session) continue;
    const connection = connections.get(session) ?? new Connection(session);
    connections.set(session, connection);
    return connection;
  }
  return undefined;
}

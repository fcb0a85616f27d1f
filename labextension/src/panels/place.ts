/** A tab of the main area for what a side panel opens. */
import type { ISessionContext } from "@jupyterlab/apputils";
import { Panel, type Widget } from "@lumino/widgets";

/** How a side panel opens figures. */
export type Open = (title: string, parts: readonly Widget[], session: ISessionContext) => void;

let places = 0;

export function placeFor(title: string, parts: readonly Widget[], sessionContext: ISessionContext): Widget {
  const place = Object.assign(new Panel(), { sessionContext });
  place.id = `nnsight-place-${++places}`;
  place.addClass("nnsight-place");
  Object.assign(place.title, { label: title, caption: title, closable: true });
  for (const part of parts) place.addWidget(part);
  return place;
}

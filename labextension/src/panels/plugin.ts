/** Two side panels: the log of the session, and what the notebook holds. Nothing is asked of a kernel before one is looked at. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, type ISessionContext } from "@jupyterlab/apputils";
import { INotebookTracker } from "@jupyterlab/notebook";
import type { Widget } from "@lumino/widgets";
import { onOffer } from "../compared.ts";
import type { Around } from "./around.ts";
import { LaterPanel } from "./later.ts";
import { placeFor } from "./place.ts";

export const panels: JupyterFrontEndPlugin<void> = {
  id: "nnsight-ts-labextension:panels",
  description: "The log of the session, and the values that the notebook holds",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ICommandPalette],
  activate(app: JupyterFrontEnd, tracker: INotebookTracker, palette: ICommandPalette | null) {
    let around: Around | undefined;
    const open = (title: string, parts: readonly Widget[], session: ISessionContext) => {
      const place = placeFor(title, parts, session);
      app.shell.add(place, "main", { mode: "split-bottom" });
      app.shell.activateById(place.id);
    };
    const log = async () => {
      const [{ Around }, { LogPanel }] = await Promise.all([import("./around.ts"), import("./log.ts")]);
      return new LogPanel((around ??= new Around(tracker)), open);
    };
    const values = async () => {
      const [{ Around }, { ValuesPanel }] = await Promise.all([import("./around.ts"), import("./values.ts")]);
      return new ValuesPanel((around ??= new Around(tracker)), open);
    };
    onOffer(() => app.shell.activateById("nnsight-values"));
    const both = [
      {
        panel: new LaterPanel("nnsight-log", "Log", "Log of the session", log),
        side: "right",
        command: "nnsight:show-log",
        label: "Show the Log",
      },
      {
        panel: new LaterPanel("nnsight-values", "Values", "What the notebook holds", values),
        side: "left",
        command: "nnsight:show-values",
        label: "Show the Values",
      },
    ];
    for (const { panel, side, command, label } of both) {
      app.shell.add(panel, side, { rank: 700 });
      app.commands.addCommand(command, { label, execute: () => app.shell.activateById(panel.id) });
      palette?.addItem({ command, category: "nnsight" });
    }
  },
};

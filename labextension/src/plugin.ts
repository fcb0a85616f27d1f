/** The part of the extension that JupyterLab starts: the user's settings, and commands for the figure used last. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { panels } from "./panels/plugin.ts";
import type { ActionId } from "./renderer.ts";
import { changeSettings, type Settings } from "./settings.ts";
import { usedFigure } from "./used.ts";

const ID = "nnsight-ts-labextension:figures";

const COMMANDS: Readonly<Record<ActionId, string>> = {
  numbers: "Show or Hide the Numbers of the Figure",
  histogram: "Show or Hide the Histogram of the Figure",
  whole: "Show the Whole Slice",
  "copy-expression": "Copy the Expression of the Figure",
  compare: "Compare the Tensor of the Figure with Another",
  png: "Save the Figure as PNG",
  svg: "Save the Figure as SVG",
  npy: "Save the Values in View as NPY",
};

const actionOf = (id: string) => usedFigure()?.actions?.find((action) => action.id === id);

const plugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: "Settings and commands for the figures of nnsight",
  autoStart: true,
  optional: [ISettingRegistry, ICommandPalette],
  activate(app: JupyterFrontEnd, registry: ISettingRegistry | null, palette: ICommandPalette | null) {
    for (const [id, label] of Object.entries(COMMANDS)) {
      const command = `nnsight:${id}`;
      app.commands.addCommand(command, {
        label,
        isEnabled: () => actionOf(id) !== undefined,
        execute: () => actionOf(id)?.act(),
      });
      palette?.addItem({ command, category: "nnsight" });
    }
    void registry?.load(ID).then((stored) => {
      const read = () => changeSettings(stored.composite as Partial<Settings>);
      stored.changed.connect(read);
      read();
    });
  },
};

export default [plugin, panels];

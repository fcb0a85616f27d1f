/** The notebook that a side panel is about: the one in front, its kernel, and what its outputs say. */
import type { ISessionContext } from "@jupyterlab/apputils";
import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import type { KernelMessage } from "@jupyterlab/services";
import type { Connection } from "../live/connection.ts";
import { connectionAround } from "../live/session.ts";

type Data = Readonly<Record<string, unknown>>;

export class Around {
  readonly #listeners = new Set<() => void>();
  readonly #hearing = new Set<(data: Data, notebook: NotebookPanel) => void>();
  readonly #known = new WeakSet<NotebookPanel>();

  constructor(private readonly tracker: INotebookTracker) {
    tracker.currentChanged.connect(() => this.#changed());
    tracker.forEach((notebook) => {
      this.#follow(notebook);
    });
    tracker.widgetAdded.connect((_, notebook) => this.#follow(notebook));
  }

  get notebook(): NotebookPanel | undefined {
    return this.tracker.currentWidget ?? undefined;
  }

  get session(): ISessionContext | undefined {
    return this.notebook?.sessionContext;
  }

  get connection(): Connection | undefined {
    return this.notebook && connectionAround(this.notebook);
  }

  /** Calls back when another notebook is in front, its kernel is another, or a cell has ended. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Calls back with every output as it is shown or shown anew. */
  onOutput(hear: (data: Data, notebook: NotebookPanel) => void): void {
    this.#hearing.add(hear);
  }

  /** The outputs that stand in a notebook. */
  outputs(notebook: NotebookPanel): Data[] {
    const { cells } = (notebook.content.model?.toJSON() ?? { cells: [] }) as unknown as {
      cells: readonly { readonly outputs?: readonly { readonly data?: Data }[] }[];
    };
    return cells.flatMap(({ outputs }) => outputs ?? []).flatMap(({ data }) => (data ? [data] : []));
  }

  #follow(notebook: NotebookPanel): void {
    if (this.#known.has(notebook)) return;
    this.#known.add(notebook);
    notebook.sessionContext.kernelChanged.connect(() => this.#changed());
    notebook.sessionContext.iopubMessage.connect((_, message) => this.#hear(message, notebook));
  }

  #hear({ header, parent_header, content }: KernelMessage.IMessage, notebook: NotebookPanel): void {
    const type = header.msg_type;
    if (type === "status") {
      const asked = (parent_header as Partial<KernelMessage.IHeader>).msg_type;
      const { execution_state: state } = content as { readonly execution_state?: string };
      // Questions of pages make a kernel busy, too; they change nothing.
      if (asked === "execute_request" && state === "idle") this.#changed();
    } else if (type === "display_data" || type === "update_display_data")
      for (const hear of this.#hearing) hear((content as { data: Data }).data, notebook);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

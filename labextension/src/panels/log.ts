/** The side panel with the log of the session: remote runs on top, a filter, the lines. */
import type { NotebookPanel } from "@jupyterlab/notebook";
import { Widget } from "@lumino/widgets";
import type { Job, LinesResult, LogPayload, LogTensor, TensorPayload } from "nnsight-ts/display";
import "../../style/base.css";
import "../../style/panels.css";
import { html } from "../dom.ts";
import { formatInteger } from "../format.ts";
import { isOpen, jobLine } from "../job/card.ts";
import { Live } from "../live/live.ts";
import { lineRows } from "../log/rows.ts";
import { SessionLog } from "../log/session.ts";
import { standing } from "../view.ts";
import { mimeOf } from "../viewers.ts";
import type { Around } from "./around.ts";
import type { Open } from "./place.ts";

/** More rows than that are not on the page at once: the last ones are. */
const MOST = 400;

/** What is known of one notebook. */
interface Known {
  readonly log: SessionLog;
  readonly jobs: Map<string, Job>;
  readonly live: Live;
  isRead: boolean;
}

export class LogPanel extends Widget {
  readonly #known = new WeakMap<NotebookPanel, Known>();
  readonly #filter = html("input", "nnsight-filter");
  readonly #jobs = html("div", "nnsight-jobs");
  readonly #count = html("span", "nnsight-dim");
  readonly #list = html("div", "nnsight-log");
  readonly #rows = new Map<string, readonly HTMLElement[]>();
  #isDue = false;

  constructor(
    private readonly around: Around,
    private readonly open: Open,
  ) {
    super();
    this.addClass("nnsight-panel");
    Object.assign(this.#filter, { type: "search", placeholder: "filter", ariaLabel: "Filter the log" });
    this.#filter.addEventListener("input", () => this.#draw());
    this.#list.setAttribute("role", "log");
    this.#list.tabIndex = 0;
    this.#list.ariaLabel = "Log of the session";
    const name = html("div", "nnsight-panel-head", html("b", "", "Log"), this.#count);
    const head = html("div", "nnsight-panel-top", name, this.#filter, this.#jobs);
    const card = html("div", "nnsight-card nnsight-log-narrow", head, this.#list);
    this.node.append(card);
    around.onChange(() => this.#look());
    around.onOutput((data, notebook) => this.#hear(data, notebook));
  }

  protected override onAfterAttach(): void {
    this.#look();
  }

  protected override onAfterShow(): void {
    this.#look();
  }

  #of(notebook: NotebookPanel): Known {
    const known = this.#known.get(notebook) ?? {
      log: new SessionLog(),
      jobs: new Map<string, Job>(),
      live: new Live("nnsight.log"),
      isRead: false,
    };
    this.#known.set(notebook, known);
    return known;
  }

  /** Reads what is there, and asks for what is missing, once somebody looks. */
  #look(): void {
    const { notebook } = this.around;
    if (!this.isVisible || !notebook) return;
    const known = this.#of(notebook);
    if (!known.isRead) {
      known.isRead = true;
      for (const data of this.around.outputs(notebook)) this.#take(data, known);
      known.live.connect(this.around.connection);
    }
    this.#draw();
    void this.#ask(known);
  }

  async #ask(known: Known): Promise<void> {
    for (let from = 0; known.live.canAsk; ) {
      const reply = await known.live.ask("lines", { ask: "lines", from });
      if (reply.kind !== "result") return;
      const { session, lines } = reply.result as LinesResult;
      if (lines.length === 0) return;
      if (known.log.add(session, lines)) this.#later();
      from = Math.max(lines.at(-1)!.n + 1, known.log.gap(session));
    }
  }

  #hear(data: Readonly<Record<string, unknown>>, notebook: NotebookPanel): void {
    if (this.#take(data, this.#of(notebook))) this.#later();
  }

  #take(data: Readonly<Record<string, unknown>>, { log, jobs }: Known): boolean {
    const lines = data[mimeOf("log")] as LogPayload | undefined;
    const job = data[mimeOf("job")] as Job | undefined;
    if (job) {
      jobs.delete(job.job);
      jobs.set(job.job, job);
    }
    return (lines ? log.add(lines.session, lines.lines) : false) || job !== undefined;
  }

  /** Many lines at once are one drawing. */
  #later(): void {
    if (this.#isDue || !this.isVisible) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw(): void {
    const { notebook } = this.around;
    if (!notebook) return;
    const { log, jobs } = this.#of(notebook);
    const found = log.matching(this.#filter.value);
    const isAtEnd = this.node.scrollTop + this.node.clientHeight > this.node.scrollHeight - 24;
    const shown = found.slice(-MOST).flatMap(({ key, line }) => {
      const rows =
        this.#rows.get(key) ??
        lineRows(line, { around: notebook.node, open: (tensor) => void this.#openTensor(tensor) });
      this.#rows.set(key, rows);
      return rows;
    });
    this.#list.replaceChildren(...shown);
    const total = formatInteger(log.lines.length);
    this.#count.textContent =
      found.length === log.lines.length
        ? `${total} lines`
        : `${formatInteger(found.length)} of ${total} lines`;
    const running = [...jobs.values()].filter(isOpen);
    const news = running.length > 0 ? running : [...jobs.values()].slice(-1);
    this.#jobs.replaceChildren(...news.flatMap(jobLine));
    if (isAtEnd) this.node.scrollTop = this.node.scrollHeight;
  }

  async #openTensor({ id, name }: LogTensor): Promise<void> {
    const { session, notebook } = this.around;
    if (!session || !notebook || id === undefined) return;
    const reply = await this.#of(notebook).live.other(id).ask("show", { ask: "show" });
    if (reply.kind !== "result") return;
    const payload = { ...(reply.result as TensorPayload), ...(name && { name }) };
    this.open(payload.name ?? "tensor", [standing("tensor", payload, session)], session);
  }
}

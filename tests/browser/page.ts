// A notebook open in a browser: run all its cells, look at its outputs, hear every error.
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";

const flags = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync"],
];

/** Chromium as `npm test` found it. */
const chosen = { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags };

export const launch = (): Promise<Browser> => chromium.launch(chosen);

/** What the test needs of JupyterLab's application, which it reaches as `window.jupyterapp`. */
interface Lab {
  commands: { execute(id: string, args?: object): Promise<unknown> };
  shell: {
    currentWidget?: {
      context?: { ready: Promise<void> };
      sessionContext?: {
        ready: Promise<void>;
        session?: {
          kernel?: { info: Promise<unknown>; restart(): Promise<void>; interrupt(): Promise<void> };
        };
      };
      content: {
        activeCellIndex: number;
        model: { toJSON(): { cells: Cell[] }; cells: { get(at: number): { sharedModel: Source } } };
      };
    };
  };
}

interface Source {
  getSource(): string;
  setSource(source: string): void;
}

interface Cell {
  outputs?: {
    output_type: string;
    ename?: string;
    evalue?: string;
    text?: string | string[];
    data?: Record<string, unknown>;
  }[];
}

/**
 * What JupyterLab 4.6.4 and Notebook 7.6 throw by themselves (seen with a bare ipykernel and without our extension too): at
 * every cell of a kernel without a debugger, when settings are loaded before those of the shortcuts, and in Notebook when
 * the notebook lies in a folder.
 */
const labsOwn = [
  "No active debugger session",
  "Cannot read properties of undefined (reading 'schema')",
  "Command 'filebrowser:open-path' not registered.",
];

/** Only when no other code is on the stack. */
function isLabsOwn({ message, stack = "" }: Error): boolean {
  const places = stack.split("\n").filter((line) => /^\s+at http/.test(line));
  const core = /\/static\/(lab\/jlab_core|notebook\/notebook_core)\./;
  return labsOwn.includes(message) && places.every((line) => core.test(line));
}

type LabWindow = Window & { jupyterapp: Lab };

/** The same with a profile that is kept, so that what one page has fetched the next has too. */
export const launchProfile = (profile: string): Promise<BrowserContext> =>
  chromium.launchPersistentContext(profile, {
    ...chosen,
    viewport: VIEWPORT,
    deviceScaleFactor: process.env.PICTURES ? 2 : 1, // pictures for the documentation are sharp
  });

export const VIEWPORT = { width: 1180, height: 900 };

export class NotebookPage {
  /** Everything that went wrong in the page: exceptions, console errors, failed requests. */
  readonly errors: string[] = [];

  private constructor(readonly page: Page) {
    page.on("pageerror", (error) => {
      if (!isLabsOwn(error)) this.errors.push(`exception: ${error.stack}`);
    });
    page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(`console: ${message.text()}`);
    });
    page.on("response", (reply) => {
      if (reply.status() >= 400) this.errors.push(`${reply.status()}: ${new URL(reply.url()).pathname}`);
    });
  }

  /** `prepare` sees the page before it loads anything. */
  static async open(
    browser: Browser | BrowserContext,
    url: string,
    prepare: (page: Page) => Promise<void> = async () => {},
    scale = 1,
  ): Promise<NotebookPage> {
    const page =
      "newContext" in browser
        ? await browser.newPage({ viewport: VIEWPORT, deviceScaleFactor: scale })
        : await browser.newPage();
    const opened = new NotebookPage(page);
    page.setDefaultTimeout(15_000);
    await prepare(page);
    await page.goto(url);
    await page.locator(".jp-Notebook .jp-Cell").first().waitFor({ timeout: 60_000 });
    await opened.ready();
    // JupyterLab opens with its file browser beside the notebook.
    if (await page.locator("#jp-left-stack:visible").count())
      await opened.command("application:toggle-left-area");
    return opened;
  }

  /**
   * Shows the page in a theme. JupyterLab covers itself meanwhile and takes the cover away 200 ms after the change (its
   * plugin `apputils-extension:splash`); of two changes within that time the second finds none to remove and throws.
   */
  async theme(theme: "light" | "dark"): Promise<void> {
    const is = await this.page.locator("body").getAttribute("data-jp-theme-light");
    if (is === String(theme === "light")) return;
    await this.#uncovered();
    await this.command("apputils:change-theme", {
      theme: theme === "dark" ? "JupyterLab Dark" : "JupyterLab Light",
    });
    await this.page.locator(`body[data-jp-theme-light=${theme === "light"}]`).waitFor({ state: "attached" });
    await this.#uncovered();
  }

  #uncovered(): Promise<void> {
    return this.page.locator("#jupyterlab-splash").waitFor({ state: "detached" });
  }

  /** The cells from one on run again in a window of that size; what went wrong before is forgotten. */
  async afresh(size = VIEWPORT, from = 0): Promise<void> {
    await this.page.setViewportSize(size);
    await this.page.mouse.move(2, 2);
    await this.choose(from);
    await this.command("notebook:run-all-below");
    this.errors.length = 0;
  }

  /** One cell runs again. */
  async run(cell: number): Promise<void> {
    await this.choose(cell);
    await this.command("notebook:run-cell");
  }

  private choose(cell: number): Promise<void> {
    return this.page.evaluate((cell) => {
      const { content } = (window as unknown as LabWindow).jupyterapp.shell.currentWidget!;
      content.activeCellIndex = cell;
    }, cell);
  }

  /** Waits for the notebook and its kernel. */
  ready(): Promise<void> {
    return this.page.evaluate(async () => {
      const panel = (window as unknown as LabWindow).jupyterapp.shell.currentWidget;
      await panel?.context?.ready;
      await panel?.sessionContext?.ready;
      await panel?.sessionContext?.session?.kernel?.info;
    });
  }

  /** Starts the kernel anew: what it held is gone. */
  restart(): Promise<void> {
    return this.page.evaluate(async () => {
      const { sessionContext } = (window as unknown as LabWindow).jupyterapp.shell.currentWidget!;
      await sessionContext?.session?.kernel?.restart();
    });
  }

  /** Stops what the kernel runs. */
  interrupt(): Promise<void> {
    return this.page.evaluate(async () => {
      const { sessionContext } = (window as unknown as LabWindow).jupyterapp.shell.currentWidget!;
      await sessionContext?.session?.kernel?.interrupt();
    });
  }

  /** A command of JupyterLab, and what it gives. */
  command(id: string, args: object = {}): Promise<unknown> {
    return this.page.evaluate(
      ([id, args]) =>
        (window as unknown as LabWindow).jupyterapp.commands.execute(id as string, args as object),
      [id, args],
    );
  }

  /** Writes something else into a cell. */
  write(at: number, from: string, to: string): Promise<void> {
    return this.page.evaluate(
      ([at, from, to]) => {
        const { model } = (window as unknown as LabWindow).jupyterapp.shell.currentWidget!.content;
        const cell = model.cells.get(at).sharedModel;
        cell.setSource(cell.getSource().replace(from, to));
      },
      [at, from, to] as const,
    );
  }

  /** Runs all cells and waits until the last one has ended. */
  async runAll(): Promise<void> {
    await this.command("notebook:run-all-cells");
  }

  /** The outputs of all cells, as they would be saved. */
  async outputs(): Promise<NonNullable<Cell["outputs"]>> {
    const cells = await this.page.evaluate(
      () => (window as unknown as LabWindow).jupyterapp.shell.currentWidget!.content.model.toJSON().cells,
    );
    return cells.flatMap((cell) => cell.outputs ?? []);
  }

  /** Makes the window as high as the notebook, as only cells that are near to be seen are in the page. */
  async unfold(): Promise<Locator> {
    const notebook = this.page.locator(".jp-WindowedPanel-outer").first();
    const height = await notebook.evaluate((element) => element.scrollHeight);
    await this.page.setViewportSize({ width: 1180, height: Math.min(16_000, height + 160) });
    await notebook.evaluate((element) => element.scrollTo(0, 0));
    return notebook;
  }

  /** A picture of the whole notebook. */
  async shoot(file: string): Promise<void> {
    const notebook = await this.unfold();
    await this.page.mouse.move(2, 2);
    await this.page.waitForTimeout(1_000);
    await notebook.screenshot({ path: file });
  }
}

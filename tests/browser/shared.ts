// Notebooks of a file of tests, opened from the server that all files share; kernels and browser end with the file.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, inject } from "vitest";
import { addressOf, copyWithoutOutputs, type Program, requested } from "./lab.ts";
import { launchProfile, NotebookPage } from "./page.ts";

export interface Opening {
  readonly program?: Program;
  readonly theme?: "light" | "dark";
  /** Sees the page before it loads anything. */
  readonly prepare?: (page: Page) => Promise<void>;
}

export interface Shared {
  /** A copy of a notebook where the server finds it, as it was saved or as nobody has run it; the result opens it. */
  place(notebook: string, keepOutputs?: boolean): string;
  /** Changes a notebook that nobody has opened yet. */
  change(placed: string, edit: (notebook: { cells: object[] }) => void): void;
  /** A page of the same browser with nothing in it. */
  blank(): Promise<Page>;
  open(placed: string, options?: Opening): Promise<NotebookPage>;
}

/** To be called once at the top of a file of tests. */
export function shareServer(): Shared {
  const { url, folder, settings } = inject("jupyter");
  let context: Promise<BrowserContext> | undefined;
  const folders: string[] = [];
  const browser = () => (context ??= launchProfile(inject("profile")));

  afterAll(async () => {
    await (await context)?.close();
    const sessions = (await (await requested(url, "sessions")).json()) as { id: string }[];
    await Promise.all(sessions.map(({ id }) => requested(url, `sessions/${id}`, "DELETE")));
    for (const own of folders) rmSync(own, { recursive: true, force: true, maxRetries: 5 });
  });

  return {
    place(notebook, keepOutputs = false) {
      const own = mkdtempSync(path.join(folder, "test-"));
      folders.push(own);
      if (keepOutputs) cpSync(path.dirname(notebook), own, { recursive: true });
      else copyWithoutOutputs(notebook, own);
      return path.posix.join(path.basename(own), path.basename(notebook));
    },

    change(placed, edit) {
      const file = path.join(folder, placed);
      const content = JSON.parse(readFileSync(file, "utf8"));
      edit(content);
      writeFileSync(file, JSON.stringify(content));
    },

    blank: async () => (await browser()).newPage(),

    async open(placed, { program = "lab", theme = "light", prepare } = {}) {
      rmSync(path.join(settings, "nnsight-ts-labextension"), { recursive: true, force: true });
      const page = await NotebookPage.open(await browser(), addressOf(url, placed, program), prepare);
      await page.theme(theme);
      return page;
    },
  };
}

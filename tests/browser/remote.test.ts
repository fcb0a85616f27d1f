// Notebook 06 in JupyterLab against services as people run them: the command in a process of its own, then many machines of which one dies.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { newKey } from "../../service/dist/keys.js";
import { openPostgres } from "../../service/dist/store/open.js";
import { startPostgres } from "../../service/dist/testing/postgres.js";
import { model, type Service, start, startServe } from "../../service/dist/testing/process.js";
import type { NotebookPage } from "./page.ts";
import { shareServer } from "./shared.ts";

const notebook = path.resolve(import.meta.dirname, "../../notebooks/06-remote.ipynb");
const shots = path.join(import.meta.dirname, "shots");
const folder = mkdtempSync(path.join(tmpdir(), "nnsight-service-"));

const server = shareServer();
let opened: NotebookPage;
/** What the first cell says. */
let written = "// the service";
beforeAll(async () => {
  mkdirSync(shots, { recursive: true });
  const placed = server.place(notebook);
  server.change(placed, ({ cells }) => cells.unshift(codeCell(written)));
  opened = await server.open(placed);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const codeCell = (source: string): object => ({
  ...{ cell_type: "code", id: "service", metadata: {} },
  ...{ source, outputs: [], execution_count: null },
});

/** What a user writes whose service is elsewhere. */
const atService = ({ url, key }: Pick<Service, "url" | "key">): string =>
  `import { CONFIG as C } from "nnsight-ts";\nC.API.APIKEY = "${key}";\nC.API.HOST = "${url}";`;

const prompts = '["The capital of Japan is", "The capital of Italy is"]';
/** So many times there are these prompts while a worker dies. */
const turns = 40;

/** The ids and states of the jobs' lines as they are changed in place. */
async function watched(page: NotebookPage["page"]): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const seen: string[] = [];
    const look = (): void => {
      for (const card of document.querySelectorAll(".nnsight-job-card")) {
        const id = card.querySelector<HTMLElement>(".nnsight-job .nnsight-mono")?.title;
        const said = `${id} - ${card.querySelector(".nnsight-state")?.textContent}`;
        if (!seen.includes(said)) seen.push(said);
      }
    };
    new MutationObserver(look).observe(document.body, {
      childList: true,
      subtree: true,
      characterData: true,
    });
    Object.assign(window, { seen });
  });
  return () => page.evaluate(() => (window as unknown as { seen: string[] }).seen);
}

/** What stands under the cells after the first, without what differs from run to run. */
const shown = async (): Promise<string[]> => {
  const texts = (await opened.outputs())
    .slice(1)
    .map(({ output_type, ename, data, text }) =>
      output_type === "error" ? ename! : String(data?.["text/plain"] ?? [text].flat().join("").trimEnd()),
    );
  // What takes long here shows its progress.
  return texts
    .filter((text) => !/^\w+ ━/.test(text))
    .map((text) => text.replace(/^[-0-9a-f]{36}/, "JOB").replace(/ ━.*/, ""));
};

const done = "JOB - COMPLETED: Your job has been completed.";
const bar = "Downloading result";
const lines = ["  The capital of Japan is tensor(19081)", "  The capital of Italy is tensor(7268)"];
const outputs = (times: number): string[] => [
  `${done}\n${bar}`,
  "the same: true",
  expect.stringMatching(/^ 65\.6 % {2}" Paris"\n/),
  [done, ...Array(times).fill(lines).flat(), bar].join("\n"),
  expect.stringMatching(/^\[(\s*' Tokyo',\s*' Rome',?)+\s*\]$/),
  `${done}\n  -- Early Stop --\n${bar}`,
  "[ 0, 1 ]",
  `${done}\n${bar}`,
  "[ 1, 2, 49152 ]",
  "true",
  `${done}\n${bar}`,
  "[ 1, 2 ]",
  "TypeError",
];

test("a service of one machine: every cell, the states of a job in one line, the bar of its result", async () => {
  const service = await startServe("--data", path.join(folder, "data"));
  onTestFinished(async () => void (await service.stop()));
  await opened.write(0, written, (written = atService(service)));
  const states = await watched(opened.page);
  await opened.runAll();
  expect(await shown()).toEqual(outputs(1));
  const seen = await states();
  const jobs = [...new Set(seen.map((line) => line.slice(0, 36)))];
  expect(jobs).toHaveLength(5);
  for (const job of jobs) {
    const said = seen.filter((line) => line.startsWith(job)).map((line) => line.slice(39));
    const way = ["RECEIVED", "APPROVED", "RUNNING", "COMPLETED"];
    expect(said).toEqual(way.filter((state) => said.includes(state)));
    expect(said.at(-1)).toBe("COMPLETED");
  }
  // The first one packs the weights, so that its run can be seen.
  expect(seen).toContain(`${jobs[0]} - RUNNING`);
  await opened.shoot(path.join(shots, "06-remote.png"));
  // The page of the service, for people.
  const status = await server.blank();
  await status.goto(service.url);
  expect(await status.locator("p").first().innerText()).toBe("1 worker at work.");
  expect(await status.locator("tbody td").allInnerTexts()).toEqual([model, "hot", "1", "0"]);
  await status.close();
  expect(opened.errors).toEqual([]);
});

test("PostgreSQL, a broker and two workers, of which one is killed while the session runs: the other one ends it", async () => {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.stop());
  const place = ["--database", postgres.url, "--blobs", path.join(folder, "blobs")];
  const broker = await startServe(...place, "--no-worker", "--lease", "2");
  onTestFinished(async () => void (await broker.stop("SIGKILL")));
  const store = await openPostgres(postgres.url);
  onTestFinished(() => store.close());
  const { key, text } = newKey("worker", "workers");
  await store.addKey(key);
  const joined = async () => {
    const words = ["worker", "--server", broker.url, "--token", text, "--model", model];
    const worker = await start(words, /holding/);
    onTestFinished(async () => void (await worker.stop("SIGKILL")));
    return worker;
  };
  const first = await joined();
  await opened.write(0, written, (written = atService(broker)));
  await opened.write(8, prompts, `Array(${turns}).fill(${prompts}).flat()`);
  const running = opened.runAll();
  let session: string | undefined;
  // It has said a line: it is on its way.
  const logs = async (): Promise<boolean> => {
    const [job] = await store.jobs(1);
    session = job?.id;
    return (
      job?.status === "RUNNING" && (await store.events(job.id, 0)).some(({ status }) => status === "LOG")
    );
  };
  await expect.poll(logs, { timeout: 60_000, interval: 10 }).toBe(true);
  await first.stop("SIGKILL");
  await Promise.all([running, joined()]);
  expect(await shown()).toEqual(outputs(turns));
  const history = (await store.events(session!, 0)).filter(({ status }) => status !== "LOG");
  expect(history.map(({ attempt, status }) => `${attempt} ${status}`).slice(2)).toEqual([
    ...["1 RUNNING", "1 APPROVED", "2 RUNNING", "2 COMPLETED"],
  ]);
});

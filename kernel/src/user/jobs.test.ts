/** A remote job in a cell: one output, whatever the job says. */
import { expect, test } from "vitest";
import type { displayTo } from "./display.ts";
import { jobsTo } from "./jobs.ts";

test("one line is changed in place, with the log of the last try under it, then the download", () => {
  const outputs: string[][] = [];
  let data: unknown;
  const display = (first: Record<string, string>) => {
    const texts: string[] = [];
    const update = (bundle: Record<string, string>) => {
      texts.push(bundle["text/plain"]!);
      data = bundle["application/vnd.nnsight.job.v1+json"];
    };
    outputs.push(texts);
    update(first);
    return { update };
  };
  const { event, bytes } = jobsTo(display as unknown as ReturnType<typeof displayTo>);
  let time = 5000;
  const say = (attempt: number, status: string, text: string): void =>
    event("id", { status, text, attempt, time: (time += 500) });
  say(0, "RECEIVED", "received");
  say(1, "RUNNING", "running");
  say(1, "LOG", "lost with its worker");
  say(2, "RUNNING", "running");
  say(2, "LOG", "0");
  say(2, "LOG", "1");
  expect(outputs[0]?.at(-1)).toBe("id - RUNNING: running\n  0\n  1");
  expect(data).toEqual({ job: "id", state: "RUNNING", detail: "running", seconds: 2.5, log: ["0", "1"] });
  say(2, "COMPLETED", "done");
  bytes("id", 500, 1_500_000, 0.001);
  bytes("id", 600, 1_500_000, 0.002);
  bytes("id", 1_500_000, 1_500_000, 0.5);
  expect(outputs).toHaveLength(1);
  expect(outputs[0]?.at(-2)).toContain("500 B of 1.50 MB");
  expect(outputs[0]?.at(-1)).toBe(
    "id - COMPLETED: done\n  0\n  1\nDownloading result ━━━━━━━━━━━━━━━━━━━━━━━━ 1.50 MB of 1.50 MB, 0.5 s, 3.00 MB/s",
  );
  const download = { bytes: 1_500_000, received: 1_500_000 };
  expect(data).toEqual({
    ...{ job: "id", state: "COMPLETED", detail: "done", seconds: 3, log: ["0", "1"] },
    ...download,
  });
});

/** The lines of a job as NNsight's logger and tqdm write them. */
import { expect, test } from "vitest";
import { barLine, stateLine } from "./lines.ts";

test("a state", () => {
  const time = new Date(2024, 7, 30, 19, 58, 12, 517).getTime();
  const event = {
    seq: 1,
    attempt: 0,
    status: "RECEIVED",
    text: "Your job has been received and is waiting approval.",
    time,
  } as const;
  expect(stateLine("bf66301e-f693-4146-a721-b4d93c6d3318", event)).toBe(
    "2024-08-30 19:58:12,517 MainProcess nnsight_remote INFO     bf66301e-f693-4146-a721-b4d93c6d3318 - RECEIVED: Your job has been received and is waiting approval.",
  );
  expect(stateLine("x", { ...event, status: "ERROR", text: "no" })).toMatch(
    /nnsight_remote ERROR {4}x - ERROR: no$/,
  );
});

test("a bar", () => {
  expect(barLine(928, 928, 0.00114)).toBe(
    "Downloading result: 100%|██████████| 928/928 [00:00<00:00, 814kB/s]",
  );
  expect(barLine(13.6e6, 13.6e6, 2.04)).toBe(
    "Downloading result: 100%|██████████| 13.6M/13.6M [00:02<00:00, 6.67MB/s]",
  );
  expect(barLine(5e6, 20e6, 61)).toBe(
    "Downloading result:  25%|███       | 5.00M/20.0M [01:01<03:03, 82.0kB/s]",
  );
});

// What a suite hands back, `{ passed, failed, skipped, note }`, and how the reports of the test programs become one.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { inRoot } from "../base/paths.mjs";

/** A check without tests of its own counts as one. */
export const verdict = (ok, note) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, note });

/** An empty place for the report of a suite. */
export function reportFile(name) {
  const file = inRoot(".cache/reports", name);
  mkdirSync(path.dirname(file), { recursive: true });
  rmSync(file, { force: true });
  return file;
}

/** A suite that failed without a failed test (a crash, a time-out), or that ran nothing, counts as one failure. */
function strict(counts, { code, late }) {
  const { passed, failed, skipped } = counts;
  if (late) return { ...counts, failed: Math.max(failed, 1), note: "ran past its time limit" };
  if (code !== 0 && failed === 0) return { ...counts, failed: 1, note: `exit status ${code}` };
  if (passed + failed === 0) return { passed, failed: 1, skipped, note: "nothing ran" };
  return counts;
}

const nothing = { passed: 0, failed: 0, skipped: 0 };

export function fromVitest(file, exit) {
  if (!existsSync(file)) return strict(nothing, exit);
  const report = JSON.parse(readFileSync(file, "utf8"));
  const files = report.testResults.filter(
    (one) => one.status === "failed" && one.assertionResults.length === 0,
  );
  return strict(
    {
      passed: report.numPassedTests,
      failed: report.numFailedTests + files.length,
      skipped: report.numPendingTests + report.numTodoTests,
    },
    exit,
  );
}

export function fromJunit(file, exit) {
  if (!existsSync(file)) return strict(nothing, exit);
  const head = readFileSync(file, "utf8").match(/<testsuite\s[^>]*>/)?.[0] ?? "";
  const number = (name) => Number(head.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  const skipped = number("skipped");
  return strict({ passed: number("tests") - failed - skipped, failed, skipped }, exit);
}

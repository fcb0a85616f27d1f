// The suites that run code: vitest by project, pytest by folder.
import { live } from "../base/command.mjs";
import { jupyterEnv } from "../base/environment.mjs";
import { binOf, inRoot, node24, ownPrefix } from "../base/paths.mjs";
import { findChromium } from "../steps/chromium.mjs";
import { fromJunit, fromVitest, reportFile } from "./result.mjs";

const minutes = 60_000;

/** The kernels of tests leave no trace in the history of whoever runs them. */
const withoutHistory = (extra = {}) => jupyterEnv({ NNSIGHT_HISTORY: ":memory:", ...extra });

/** A suite of one vitest project. */
export const vitest =
  (project, { limit = 20 * minutes, extra = async () => ({}) } = {}) =>
  async () => {
    const report = reportFile(`${project}.json`);
    const args = [
      "run",
      "--project",
      project,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ];
    const env = await withoutHistory(await extra());
    const exit = await live(node24, [inRoot("node_modules/vitest/vitest.mjs"), ...args], { env, limit });
    return fromVitest(report, exit);
  };

/** A suite of the Python tests in some folders, on two cores; `together` names what stays in one process. */
export const pytest =
  (name, folders, together = "worksteal") =>
  async () => {
    const report = reportFile(`${name}.xml`);
    const spread = ["--numprocesses=2", `--dist=${together}`];
    const args = [
      "-m",
      "pytest",
      "-q",
      "-p",
      "no:cacheprovider",
      ...spread,
      `--junitxml=${report}`,
      ...folders,
    ];
    const exit = await live(binOf(ownPrefix, "python"), args, {
      env: await withoutHistory(),
      limit: 20 * minutes,
    });
    return fromJunit(report, exit);
  };

export const browser = vitest("browser", { extra: async () => ({ CHROMIUM: await findChromium() }) });

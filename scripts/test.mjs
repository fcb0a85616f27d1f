// `npm test`: set-up, then every suite; the last line is `N passed, N failed` over all of them.
//
//   npm test -- kernel browser     only these suites
import { Failure } from "./base/failure.mjs";
import { report } from "./base/progress.mjs";
import { setUp } from "./setup.mjs";
import { layers, lint, types } from "./suites/checks.mjs";
import { browser, pytest, vitest } from "./suites/programs.mjs";

const suites = {
  lint,
  layers,
  types,
  core: vitest("core"),
  compiler: vitest("compiler"),
  kernel: vitest("kernel"),
  labextension: vitest("labextension"),
  service: vitest("service"),
  repository: vitest("repository"),
  protocol: pytest("protocol", ["kernel/tests"], "loadfile"),
  notebooks: pytest("notebooks", ["tests/notebooks", "tests/docs"]),
  browser,
};

/** These need one core each, and say little. */
const atOnce = new Set(["lint", "layers", "types"]);

function choose(names) {
  const unknown = names.filter((name) => !(name in suites));
  if (unknown.length === 0) return names.length ? names : Object.keys(suites);
  throw new Failure(`No suite is named ${unknown.join(", ")}; there are ${Object.keys(suites).join(", ")}.`);
}

/** Runs a suite; one that cannot even start counts as one failure. */
async function run(name) {
  const since = performance.now();
  console.log(`\n──── ${name} ${"─".repeat(Math.max(0, 90 - name.length))}`);
  const result = await suites[name]().catch((error) => {
    report(error);
    return { passed: 0, failed: 1, skipped: 0, note: "could not start" };
  });
  return { name, seconds: (performance.now() - since) / 1000, ...result };
}

function summary(results) {
  console.log(`\n──── summary ${"─".repeat(83)}`);
  for (const { name, passed, failed, skipped, seconds, note } of results) {
    const counts = `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`;
    console.log(
      `${name.padEnd(14)}${counts.padEnd(34)}${seconds.toFixed(0).padStart(4)} s${note ? `  ${note}` : ""}`,
    );
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  return { passed: sum("passed"), failed: sum("failed") };
}

let total = { passed: 0, failed: 1 };
try {
  const names = choose(process.argv.slice(2));
  const results = [];
  await setUp({
    onBroken(error) {
      report(error);
      results.push({ name: "set-up", passed: 0, failed: 1, skipped: 0, seconds: 0, note: error.message });
    },
  });
  results.push(...(await Promise.all(names.filter((name) => atOnce.has(name)).map(run))));
  for (const name of names) if (!atOnce.has(name)) results.push(await run(name));
  total = summary(results);
} catch (error) {
  report(error);
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

// Finds a Chromium for the browser tests: one that is there, else Debian's package, else Playwright's download.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { findProgram, tryQuietly } from "../base/command.mjs";
import { canInstall, installDebian } from "../base/debian.mjs";
import { Failure } from "../base/failure.mjs";
import { inRoot, node24 } from "../base/paths.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const starts = async (program) => (await tryQuietly(program, ["--version"], { limit: 20_000 })).code === 0;

async function onPath() {
  const named = [process.env.CHROMIUM, ...names.map(findProgram)].filter(Boolean);
  for (const program of named) if (await starts(program)) return program;
}

function playwrights() {
  const program = createRequire(inRoot("package.json"))("playwright-core").chromium.executablePath();
  return existsSync(program) ? program : undefined;
}

/** The path of a browser that starts, installing one if there is none. */
export async function findChromium() {
  const there = (await onPath()) ?? playwrights();
  if (there) return there;
  const tried = canInstall()
    ? await installDebian("chromium")
    : await tryQuietly(node24, [inRoot("node_modules/playwright-core/cli.js"), "install", "chromium"], {
        limit: 300_000,
      });
  const now = (await onPath()) ?? playwrights();
  if (now) return now;
  throw new Failure("There is no Chromium for the browser tests, and none could be installed.", {
    advice:
      "Install Chromium (Debian: apt-get install chromium), or name one: CHROMIUM=/path/to/chromium npm test",
    output: tried.output,
  });
}

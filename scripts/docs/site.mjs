// `npm run docs`: the documentation site, from docs/, the notebooks and the comments in the source, to docs/site/dist.
//
// What it is made with is installed into docs/site when it is first needed, so that `npm start` does not grow.
import { live, plainEnv } from "../base/command.mjs";
import { Failure } from "../base/failure.mjs";
import { inRoot, node24 } from "../base/paths.mjs";
import { report, step } from "../base/progress.mjs";
import { hashOf, Stamp } from "../base/stamp.mjs";
import { npm } from "../steps/npm.mjs";
import { layOut, target } from "./site/pages.mjs";

const site = inRoot("docs/site");

async function install() {
  const stamp = new Stamp(`${site}/node_modules/.set-up`, hashOf(["docs/site/package-lock.json"]));
  if (stamp.fresh) return "up to date";
  await npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: site,
    what: "npm could not install what the site is made with.",
  });
  stamp.write();
}

async function run(what, args) {
  const { code } = await live(node24, args, { cwd: site, env: plainEnv({ NO_UPDATE_NOTIFIER: "1" }) });
  if (code !== 0) throw new Failure(`${what} failed; its own words stand above.`);
}

/** The page of each name that an entry of the package exports, from the comments in the source. */
const reference = (entry, out, name) =>
  run("TypeDoc", [
    "node_modules/typedoc/bin/typedoc",
    ...["--plugin", "typedoc-plugin-markdown", "--entryPoints", inRoot(`core/src/${entry}`)],
    ...[
      "--tsconfig",
      inRoot("core/tsconfig.json"),
      "--out",
      `${target}/${out}`,
      "--entryFileName",
      "index.md",
    ],
    ...["--name", name, "--readme", "none", "--disableSources", "--excludePrivate", "--excludeInternal"],
    ...["--hideBreadcrumbs", "--hidePageHeader", "--cleanOutputDir", "false", "--logLevel", "Error"],
  ]);

try {
  console.log("Documentation site");
  await step("packages", install);
  await step("pages", layOut);
  await step("API", async () => {
    await reference("index.ts", "api", "API");
    await reference("kit/index.ts", "api/kit", "API of the kit");
  });
  await step("site", () => run("VitePress", ["node_modules/vitepress/bin/vitepress.js", "build", "."]));
  console.log(`\nThe site is in docs/site/dist; \`npx vitepress preview\` in docs/site shows it.`);
} catch (error) {
  report(error);
  process.exitCode = 1;
}

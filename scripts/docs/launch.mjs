// The notebooks in the README, and Binder's badge and links when package.json names the repository.
//
//   npx node scripts/docs/launch.mjs             writes them
//   npx node scripts/docs/launch.mjs --check     exits with 1 when they are stale
import { readdirSync, readFileSync } from "node:fs";
import { inRoot } from "../base/paths.mjs";
import { repositoryOf, table } from "./launch/table.mjs";
import { page } from "./page.mjs";

const textOf = (file) => readFileSync(inRoot(file), "utf8");
const notebooks = readdirSync(inRoot("notebooks"))
  .filter((name) => name.endsWith(".ipynb"))
  .sort()
  .map((name) => {
    const file = `notebooks/${name}`;
    const { source } = JSON.parse(textOf(file)).cells[0];
    return { file, title: /^# (.+)$/m.exec([source].flat().join(""))[1] };
  });

const [begin, end] = ["<!-- Made by scripts/docs/launch.mjs. -->", "<!-- As far as this. -->"];
const readme = textOf("README.md");
const [before, rest] = readme.split(begin);
const after = rest.split(end)[1];
const made = table(notebooks, repositoryOf(JSON.parse(textOf("package.json"))));
page("README.md", `${before}${begin}\n\n${made}\n\n${end}${after}`);

// Opens a notebook of a running JupyterLab in Chromium, runs all of it, and fails when a cell or the page does.
import { setTimeout as sleep } from "node:timers/promises";
import { launch, NotebookPage } from "../tests/browser/page.ts";

const [url = ""] = process.argv.slice(2);
const answers = () =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
for (let tries = 0; tries < 300 && !(await answers()); tries++) await sleep(200);

const browser = await launch();
const opened = await NotebookPage.open(browser, url);
await opened.runAll();
const outputs = await opened.outputs();
await browser.close();
const failures = [
  ...opened.errors,
  ...outputs.flatMap(({ output_type, ename, evalue }) =>
    output_type === "error" ? `${ename}: ${evalue}` : [],
  ),
];
console.log(`${outputs.length} outputs, ${failures.length} failures`);
for (const failure of failures) console.error(failure);
process.exitCode = failures.length > 0 || outputs.length === 0 ? 1 : 0;

/**
 * Opens notebooks in a real JupyterLab, runs them from top to bottom and takes a picture of each, to be read by a person.
 * `node scripts/with-node.mjs --experimental-transform-types docs/images/notebooks.ts <folder> [01 07 …]`
 */
import { readdirSync } from "node:fs";
import path from "node:path";
import { startLab } from "../../tests/browser/lab.ts";
import { launch, NotebookPage } from "../../tests/browser/page.ts";

const [folder = "", ...wanted] = process.argv.slice(2);
const notebooks = path.resolve(import.meta.dirname, "../../notebooks");
const names = readdirSync(notebooks).filter(
  (name) => name.endsWith(".ipynb") && (wanted.length === 0 || wanted.some((one) => name.startsWith(one))),
);

const browser = await launch();
for (const name of names) {
  await using lab = await startLab(path.join(notebooks, name), "light");
  const opened = await NotebookPage.open(browser, lab.url);
  await opened.runAll();
  const failed = (await opened.outputs()).filter(({ output_type }) => output_type === "error");
  await opened.shoot(path.join(folder, `${name.replace(".ipynb", "")}.png`));
  console.log(
    name,
    failed.map(({ ename, evalue }) => `${ename}: ${evalue}`),
    opened.errors,
  );
  await opened.page.close();
}
await browser.close();

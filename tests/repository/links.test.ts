// Every link of the pages and of the notebooks leads somewhere: to a file of the repository, and to a heading in it.
import { existsSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { files, root, textOf } from "./files.ts";

/** The text of a page, or of the texts of a notebook, without its code. */
function proseOf(file: string): string {
  const text = textOf(file);
  const prose = file.endsWith(".ipynb")
    ? (JSON.parse(text) as { cells: { cell_type: string; source: string | string[] }[] }).cells
        .filter(({ cell_type }) => cell_type === "markdown")
        .map(({ source }) => [source].flat().join(""))
        .join("\n\n")
    : text;
  return prose
    .replaceAll(/^```[\s\S]*?^```$/gm, "")
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ""));
}

/** The name that GitHub gives to a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");

const anchorsOf = (file: string) => {
  const all = [...proseOf(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!));
  return new Set(
    all.map(
      (one, i) => one + (all.indexOf(one) < i ? `-${all.slice(0, i).filter((x) => x === one).length}` : ""),
    ),
  );
};

const pages = files.filter((file) => /\.(md|ipynb)$/.test(file));

test("there are pages", () => expect(pages.length).toBeGreaterThan(20));

test.each(pages)("the links of %s", (file) => {
  const links = [
    ...proseOf(file).matchAll(
      /(?:\]\(|(?:src|href|srcset)=")(?!https?:|mailto:|data:|attachment:)([^)"\s]+)/g,
    ),
  ].map(([, link]) => link!);
  const dead = links.filter((link) => {
    const [place = "", anchor] = decodeURIComponent(link).split("#");
    const target = place ? path.posix.join(path.posix.dirname(file), place) : file;
    if (!existsSync(path.join(root, target))) return true;
    return anchor !== undefined && /\.(md|ipynb)$/.test(target) && !anchorsOf(target).has(anchor);
  });
  expect(dead).toEqual([]);
});

// The pages that the site is made of: one for each page of docs and each notebook, with its pictures beside it.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { layOut, target } from "../../scripts/docs/site/pages.mjs";
import { files } from "./files.ts";

test("every page and notebook is there, in the side bar, and its pictures and links lead to files", () => {
  layOut();
  const sidebar = JSON.parse(readFileSync(path.join(target, "sidebar.json"), "utf8")) as {
    items: { link: string }[];
  }[];
  const listed = sidebar
    .flatMap(({ items }) => items.map(({ link }) => link.slice(1)))
    .filter((link) => link && link !== "api/");
  const sources = files.filter((file) => /^(docs\/(?!site).*\.md|notebooks\/.*\.ipynb)$/.test(file));
  expect(listed.length).toBe(sources.length);
  for (const link of listed) {
    const page = path.join(target, `${link}.md`);
    const text = readFileSync(page, "utf8").replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, "");
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, one]) => one!);
    expect(links.filter((one) => !existsSync(path.join(path.dirname(page), one)))).toEqual([]);
  }
});

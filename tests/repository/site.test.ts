// The pages that the site is made of, laid out from what a clone has: one for each page and notebook, with its pictures.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { copyOf, files } from "./files.ts";

test("every page and notebook is there, in the side bar; pictures and links lead to files, and nothing comes from elsewhere", () => {
  const clone = copyOf();
  try {
    const layOut = "await import('./scripts/docs/site/pages.mjs').then(({ layOut }) => layOut())";
    const made = spawnSync(process.execPath, ["--input-type=module", "-e", layOut], { cwd: clone });
    expect([String(made.stderr), made.status]).toEqual(["", 0]);
    const target = path.join(clone, "docs/site/pages");
    const sidebar = JSON.parse(readFileSync(path.join(target, "sidebar.json"), "utf8")) as {
      items: { link: string }[];
    }[];
    const listed = sidebar
      .flatMap(({ items }) => items.map(({ link }) => link.slice(1)))
      .filter((link) => link && !link.startsWith("api/"));
    const sources = files.filter((file) => /^(docs\/(?!site).*\.md|notebooks\/.*\.ipynb)$/.test(file));
    expect(listed.length).toBe(sources.length);
    for (const link of listed) {
      const page = path.join(target, `${link}.md`);
      const text = readFileSync(page, "utf8").replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, "");
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, one]) => one!);
      expect(links.filter((one) => !existsSync(path.join(path.dirname(page), one)))).toEqual([]);
      expect(text.match(/!\[[^\]]*\]\(https?:|<(img|script|link|source)[^>]*https?:/g)).toBeNull();
    }
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
});

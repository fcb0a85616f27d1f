// The site: pages that scripts/docs/site.mjs has laid out, a search that works offline, nothing from another host.
import { readFileSync } from "node:fs";
import { defineConfig } from "vitepress";

/** Titles and places of the pages, by section. */
const sidebar = JSON.parse(readFileSync(new URL("../pages/sidebar.json", import.meta.url), "utf8"));

/** The folder of the server that the site lies in, such as "/nnsight-ts/". */
const base = process.env.SITE_BASE ?? "/";

/** A page that is opened as a file has no server's root: what lies there is looked for beside the page, `depth` folders up. */
const withoutServer = (depth) => `
if (location.protocol === "file:") addEventListener("DOMContentLoaded", () => {
  for (const name of ["href", "src"]) for (const one of document.querySelectorAll("[" + name + "^='${base}']")) {
    const place = one.getAttribute(name).slice(${base.length});
    one.setAttribute(name, "${"../".repeat(depth) || "./"}" + place.replace(/(^|\\/)(?=#|$)/, "$1index.html"));
  }
});`;

/** Pictures that have a width stand beside each other; a line of a cell fits without scrolling where the window is wide. */
const style = `
.vp-doc picture img[width] { display: inline-block; vertical-align: top; }
:root { --vp-code-font-size: 13px; }
.VPDoc .container .content .content-container { max-width: 900px; }
.VPDoc.has-aside .container .content .content-container { max-width: 900px; }`;

export default defineConfig({
  title: "nnsight-ts",
  description: "Look inside language models and change what happens there, from TypeScript",
  srcDir: "pages",
  outDir: "dist",
  base,
  head: [["style", {}, style]],
  transformHead: ({ page }) => [["script", {}, withoutServer(page.split("/").length - 1)]],
  cleanUrls: false,
  markdown: { theme: { light: "github-light", dark: "github-dark" } },
  themeConfig: {
    search: { provider: "local" },
    sidebar,
    nav: [
      { text: "Guide", link: "/guide" },
      { text: "Notebooks", link: "/notebooks/01-look-inside" },
      { text: "Ops", link: "/ops" },
      { text: "API", link: "/api/" },
    ],
    outline: [2, 3],
  },
});

// The site: pages that scripts/docs/site.mjs has laid out, a search that works offline, nothing from another host.
import { readFileSync } from "node:fs";
import { defineConfig } from "vitepress";

/** Titles and places of the pages, by section. */
const sidebar = JSON.parse(readFileSync(new URL("../pages/sidebar.json", import.meta.url), "utf8"));

export default defineConfig({
  title: "nnsight-ts",
  description: "Look inside language models and change what happens there, from TypeScript",
  srcDir: "pages",
  outDir: "dist",
  // The folder of the server that the site lies in, such as "/nnsight-ts/".
  base: process.env.SITE_BASE ?? "/",
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

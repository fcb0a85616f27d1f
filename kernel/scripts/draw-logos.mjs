// Draws the PNG logos from logo-svg.svg with a Chromium browser: node kernel/scripts/draw-logos.mjs [path of chromium]
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = (name) => fileURLToPath(new URL(`../kernelspec/${name}`, import.meta.url));
const svg = readFileSync(here("logo-svg.svg"), "utf8");
const browser = await chromium.launch({ executablePath: process.argv[2] ?? "/usr/bin/chromium" });
for (const size of [32, 64]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body { margin: 0 } svg { display: block; width: ${size}px }</style>${svg}`);
  await page.screenshot({ path: here(`logo-${size}x${size}.png`), omitBackground: true });
}
await browser.close();

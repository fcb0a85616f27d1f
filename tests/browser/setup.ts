// What all files of browser tests share: one Jupyter server, behind a prefix, and a profile in which Chromium keeps what it has fetched.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { startServer } from "./lab.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly jupyter: { readonly url: string; readonly folder: string; readonly settings: string };
    readonly profile: string;
  }
}

export default async function start({ provide }: TestProject): Promise<() => Promise<void>> {
  const server = await startServer("/user/x/");
  const profile = mkdtempSync(path.join(tmpdir(), "nnsight-chromium-"));
  const { url, folder, settings } = server;
  provide("jupyter", { url, folder, settings });
  provide("profile", profile);
  return async () => {
    await server[Symbol.asyncDispose]();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
}

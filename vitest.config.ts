// How vitest runs the tests: one project per package, one for the browser; `npm test` starts it with Node 24.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const inPackage = (name: string) => ({
  extends: true as const,
  test: { name, include: [`${name}/{src,test}/**/*.test.ts`] },
});

export default defineConfig({
  test: {
    environment: "node",
    // No test reads or writes the settings of whoever runs them.
    env: { NNSIGHT_CONFIG: join(tmpdir(), `nnsight-tests-${process.pid}`, "config.json") },
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      ...["core", "compiler", "kernel", "labextension", "service"].map(inPackage),
      { extends: true, test: { name: "repository", include: ["tests/repository/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["tests/browser/*.test.ts"],
          fileParallelism: false,
          isolate: false,
          globalSetup: ["tests/browser/setup.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 15_000 } },
        },
      },
    ],
  },
});

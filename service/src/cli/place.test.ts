/** Folders that a service cannot keep its jobs in. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { placeOf } from "./place.ts";

const values = { host: "", port: "", seconds: "", ram: "", stay: "", scope: "", log: "", lease: "15" };

test("a folder is made with those above it; where it cannot be, one sentence says so", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nnsight-place-"));
  try {
    const data = join(folder, "a", "b");
    const { store } = await placeOf({ ...values, data });
    await store.close();
    expect(existsSync(join(data, "jobs"))).toBe(true);
    const file = join(folder, "file");
    writeFileSync(file, "");
    for (const wrong of [file, join(file, "a"), "/proc/nope", "/proc/nope/a"])
      await expect(placeOf({ ...values, data: wrong })).rejects.toThrow(
        `jobs cannot be kept in --data ${wrong}: `,
      );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

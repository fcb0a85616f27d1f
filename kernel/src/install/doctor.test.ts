import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { System } from "../jupyterFolders.ts";
import { extension, type Finding, kernelspec, nodeFinding, told } from "./doctor.ts";
import { install, program, uninstall } from "./kernelspec.ts";
import { targetOf } from "./target.ts";

let folder: string;
let system: System;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "doctor-"));
  system = { platform: "linux", home: folder, environment: { JUPYTER_DATA_DIR: folder } };
});
afterEach(() => rmSync(folder, { recursive: true }));

const spec = join("kernels", "nnsight-ts", "kernel.json");
const ours = { implementation: "nnsight-ts" };
const look = async (): Promise<Finding> => kernelspec(system);
function write(argv: readonly string[], metadata = {}): void {
  mkdirSync(join(folder, "kernels", "nnsight-ts"), { recursive: true });
  writeFileSync(join(folder, spec), JSON.stringify({ argv, metadata }));
}

test("an old Node is told from a new one", () => {
  expect(nodeFinding("24.1.0").isWell).toBe(true);
  expect(nodeFinding("20.20.2")).toMatchObject({ isWell: false, mend: expect.stringContaining("Node 24") });
});

test("a kernelspec that is missing, broken, or of another program", async () => {
  expect((await look()).found).toContain(join(folder, "kernels", "nnsight-ts"));
  mkdirSync(join(folder, "kernels", "nnsight-ts"), { recursive: true });
  writeFileSync(join(folder, spec), "{");
  expect((await look()).found).toContain("cannot be read");
  write(["python", "-m", "ipykernel"]);
  expect((await look()).found).toContain("another program");
  write(["/nosuch/node", "/nosuch/main.js"], ours);
  expect((await look()).found).toContain("Node, /nosuch/node, is gone");
  write([process.execPath, "/nosuch/main.js"], ours);
  expect(told(await look())).toMatch(
    /^amiss Kernelspec: .* is gone\n {4}→ Run `npx nnsight-ts-kernel install`/,
  );
});

test("what install writes is only taken away by uninstall when it is ours", async () => {
  const target = targetOf([], system);
  install(target);
  expect(program).toMatch(/main\.js$/);
  uninstall(target);
  expect((await look()).isWell).toBe(false);
  expect(() => uninstall(target)).toThrow("No kernel is installed");
  write(["python", "-m", "ipykernel"]);
  expect(() => uninstall(target)).toThrow("another program's");
});

test("the extension is looked for where JupyterLab looks", async () => {
  expect(await extension(system)).toMatchObject({ isWell: false });
  mkdirSync(join(folder, "labextensions", "nnsight-ts-labextension"), { recursive: true });
  writeFileSync(join(folder, "labextensions", "nnsight-ts-labextension", "package.json"), "{}");
  expect(await extension(system)).toMatchObject({ isWell: true });
});

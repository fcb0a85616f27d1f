import { expect, test } from "vitest";
import type { System } from "../jupyterFolders.ts";
import { targetOf } from "./target.ts";

const linux: System = { platform: "linux", home: "/homes/ada", environment: { VIRTUAL_ENV: "/venv" } };
const windows: System = {
  platform: "win32",
  home: "C:\\Users\\ada",
  environment: { APPDATA: "C:\\Roaming", CONDA_PREFIX: "C:\\conda" },
};
const folder = (system: System, ...args: string[]) => targetOf(args, system).folder;

test("each option names its place", () => {
  expect(folder(linux)).toBe("/homes/ada/.local/share/jupyter/kernels/nnsight-ts");
  expect(folder(linux, "--user")).toBe(folder(linux));
  expect(folder(linux, "--sys-prefix")).toBe("/venv/share/jupyter/kernels/nnsight-ts");
  expect(folder(linux, "--prefix", "/usr/local")).toBe("/usr/local/share/jupyter/kernels/nnsight-ts");
  expect(folder(linux, "--prefix=/opt", "--name", "next")).toBe("/opt/share/jupyter/kernels/next");
  expect(folder({ ...linux, platform: "darwin" })).toBe("/homes/ada/Library/Jupyter/kernels/nnsight-ts");
  expect(folder(windows)).toBe("C:\\Roaming\\jupyter\\kernels\\nnsight-ts");
  expect(folder(windows, "--sys-prefix")).toBe("C:\\conda\\share\\jupyter\\kernels\\nnsight-ts");
});

test("another name is seen in JupyterLab's launcher", () => {
  expect(targetOf([], linux).displayName).toBe("TypeScript (nnsight)");
  expect(targetOf(["--name", "next"], linux).displayName).toBe("TypeScript (nnsight), next");
});

test("what cannot be meant is refused", () => {
  const refused = (...args: string[]) => expect(() => targetOf(args, { ...linux, environment: {} }));
  refused("--user", "--prefix", "/a").toThrow("give one");
  refused("--sys-prefix").toThrow("needs an active Python environment");
  refused("--name", "a/b").toThrow('"a/b"');
  refused("--nosuch").toThrow("--nosuch");
  refused("--prefix").toThrow("prefix");
  refused("user").toThrow("user");
});

/** What is wrong on a command line is said with what would be right. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { start } from "../testing/process.ts";
import type { Values } from "./bin.ts";
import { holdOf, numberOf, requireTaken, tiersIn } from "./values.ts";

const folder = mkdtempSync(join(tmpdir(), "nnsight-tiers-"));
afterAll(() => rmSync(folder, { recursive: true }));
const given = (values: object): Values => values as Values;

test("numbers are numbers within their bounds", () => {
  const port = (text: string) => numberOf(given({ port: text }), "port", 0, 65_535);
  expect([port("0"), port("65535")]).toEqual([0, 65_535]);
  for (const text of ["65536", "-1", "x", "", " "])
    expect(() => port(text)).toThrow(`--port is a number from 0 to 65535, not '${text}'.`);
  expect(() => numberOf(given({ seconds: "0" }), "seconds", 1)).toThrow(
    "--seconds is a number of 1 or more, not '0'.",
  );
});

test("a worker keeps models of those that it may hold, within what it may hold", () => {
  expect(holdOf(given({ model: ["a"] }))).toEqual({});
  expect(holdOf(given({ model: ["a", "b"], hold: "2", keep: ["b"] }))).toEqual({
    hold: 2 * 2 ** 30,
    keep: ["b"],
  });
  expect(() => holdOf(given({ model: ["a"], hold: "2", keep: ["b"] }))).toThrow(
    "--keep b: say --model b, too.",
  );
  expect(() => holdOf(given({ model: ["a"], keep: ["a"] }))).toThrow("when --hold GiB is given");
});

test("a file of tiers is read, and what is wrong in it is named", () => {
  const file = (text: string) => {
    const path = join(folder, "tiers.json");
    writeFileSync(path, text);
    return () => tiersIn(path);
  };
  expect(file(`{"standard": {"running": 3}, "large": {"weight": 4}}`)()).toEqual({
    running: 3,
    tiers: { large: { weight: 4 } },
  });
  expect(file(`{"large": {"wieght": 4}}`)).toThrow(
    /--tiers: large: Unrecognized key: "wieght"\. tiers stand in/,
  );
  expect(file(`{"large": {"running": 0.5}}`)).toThrow("--tiers: large.running");
  expect(file("{")).toThrow("--tiers: ");
  expect(() => tiersIn(join(folder, "none.json"))).toThrow("ENOENT");
});

test("each option is read by some command", () => {
  const text = readFileSync(fileURLToPath(new URL("bin.ts", import.meta.url)), "utf8");
  const names = [...text.matchAll(/^ {2}"?([a-z-]+)"?: \{ type:/gm)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(20);
  const takes = (name: string) =>
    (["serve", "worker", "admin"] as const).some((command) => {
      try {
        requireTaken(command, [name], []);
        return true;
      } catch {
        return false;
      }
    });
  expect(names.filter((name) => !takes(name))).toEqual([]);
});

test("a command that cannot be is refused in one line, and ends with 1", async () => {
  const lines: readonly (readonly [readonly string[], string])[] = [
    [["serve", "--bogus"], "Unknown option '--bogus'"],
    [["serve"], "say which models are hosted: --model HuggingFaceTB/SmolLM2-135M-Instruct"],
    [["serve", "--token", "x"], "serve takes no --token. It takes --data, "],
    [["serve", "model"], "serve takes no word 'model', only options: --data, "],
    [["serve", "--memory-only", "--data", "x"], "jobs are kept in one place: say --data, "],
    [["serve", "--model", "x", "--log", "loud"], "--log is one of silent, .+, not 'loud'"],
    [
      ["worker", "--server", "x", "--token", "y", "--model", "z"],
      "--server is the URL of a broker, .+, not 'x'",
    ],
    [["admin", "keys", "--memory-only"], "admin takes no --memory-only"],
    [["admin", "keys", "--data", join(folder, "none")], "no service has kept anything in .+none: "],
  ];
  for (const [args, said] of lines)
    await expect(start(args, /never/)).rejects.toThrow(new RegExp(`ended with 1:\n${said}`));
});

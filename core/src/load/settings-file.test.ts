/** Settings and the file that they are kept in (api.md: S28, S29), each in a process of its own. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test, vi } from "vitest";
import { scratchFolder } from "../../goldens/files.ts";
import { settingsPath } from "./settings-file.ts";

const source = (path: string): string => JSON.stringify(join(import.meta.dirname, "..", path));
const KEY = "sk-0123-secret";

/** Runs code with `CONFIG` in a process of its own and gives all that it printed. */
function run(file: string, code: string, env: Record<string, string> = {}): string {
  const script = join(scratchFolder(), "script.mjs");
  writeFileSync(
    script,
    `import { inspect } from "node:util"; import ${source("load/settings-file.ts")}; import { CONFIG } from ${source("base/config.ts")};
     const print = console.log; ${code}`,
  );
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--experimental-transform-types", "--no-warnings", script],
    { env: { ...process.env, NNSIGHT_CONFIG: file, ...env }, encoding: "utf8" },
  );
  return stdout + stderr;
}

test("what is saved survives a restart, and what is only assigned does not", () => {
  const file = join(scratchFolder(), "below", "config.json");
  expect(
    run(
      file,
      "CONFIG.APP.CONTROL_FLOW_HANDLING = false; CONFIG.save(); CONFIG.APP.DEBUG = true; print(CONFIG.APP);",
    ),
  ).toBe(
    'APP { CONTROL_FLOW_HANDLING: false, MEMO: true, TAILS: true, DEVICE: "cpu", THREADS: undefined, PACKING: undefined, REMOTE_LOGGING: true, DEBUG: true }\n',
  );
  expect(run(file, "print(CONFIG.APP)")).toBe(
    'APP { CONTROL_FLOW_HANDLING: false, MEMO: true, TAILS: true, DEVICE: "cpu", THREADS: undefined, PACKING: undefined, REMOTE_LOGGING: true, DEBUG: false }\n',
  );
  run(file, "CONFIG.APP.CONTROL_FLOW_HANDLING = true; CONFIG.setDefaultAppDebug(true)");
  expect(run(file, "print(CONFIG.APP)")).toContain(
    'CONTROL_FLOW_HANDLING: true, MEMO: true, TAILS: true, DEVICE: "cpu", THREADS: undefined, PACKING: undefined, REMOTE_LOGGING: true, DEBUG: true',
  );
});

test("the key is kept for its owner alone and is never printed", () => {
  const file = join(scratchFolder(), "new", "config.json");
  const printed = run(
    file,
    `CONFIG.setDefaultApiKey("${KEY}");
     print(CONFIG, CONFIG.API, { CONFIG }, String(CONFIG.API), JSON.stringify(CONFIG), { ...CONFIG.API }, Object.entries(CONFIG.API));
     print(inspect(CONFIG, { showHidden: true, showProxy: true, depth: 9, customInspect: false }));
     try { CONFIG.setDefaultApiKey("${KEY}\\n") } catch (error) { print(error) }`,
  );
  expect(printed).not.toContain(KEY);
  expect(printed).toContain("APIKEY: (set, hidden)");
  expect(printed).toContain("ValueError: CONFIG.API.APIKEY takes letters, digits and signs");
  expect(run(file, `print(CONFIG.API.APIKEY === "${KEY}")`)).toBe("true\n");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
  expect(readdirSync(dirname(file))).toEqual(["config.json"]);
});

test("a file that others may read is theirs no longer when a key is put into it", () => {
  const file = join(scratchFolder(), "config.json");
  writeFileSync(file, "{}");
  chmodSync(file, 0o644);
  run(file, `CONFIG.setDefaultApiKey("${KEY}")`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("the environment wins, is not saved, and says so when something is assigned", () => {
  const file = join(scratchFolder(), "config.json");
  const env = { NNSIGHT_API_KEY: "from-env", NNSIGHT_HOST: "env.example" };
  const printed = run(
    file,
    `CONFIG.API.HOST = "mine.example"; CONFIG.save(); print(CONFIG.API.HOST, CONFIG.API.APIKEY)`,
    env,
  );
  expect(printed).toBe(
    "env.example from-env\nWarning: CONFIG.API.HOST was assigned, but NNSIGHT_HOST in the environment wins over it here.\n",
  );
  expect(run(file, "print(CONFIG.API.HOST, CONFIG.API.APIKEY)")).toBe("mine.example undefined\n");
});

test("a broken file gives one warning without its text, the defaults, and is not overwritten", () => {
  const file = join(scratchFolder(), "config.json");
  for (const [text, why] of [
    [`{ "API": { "APIKEY": "${KEY}" `, "it is not JSON."],
    ["[]", "it holds no object."],
    ['{ "APP": 3 }', "its APP is no object."],
    [
      `{ "API": { "APIKEY": "${KEY}" }, "APP": { "DEBUG": "yes" } }`,
      "CONFIG.APP.DEBUG is a boolean; it was given string.",
    ],
  ] as const) {
    writeFileSync(file, text);
    expect(run(file, "print(CONFIG.API)")).toBe(
      "API { APIKEY: undefined, HOST: undefined }\n" +
        `Warning: the settings in ${file} are not used: ${why} Mend the file, or delete it; until then the defaults hold.\n`,
    );
  }
  writeFileSync(file, "{ not json");
  expect(
    run(file, "CONFIG.APP.DEBUG = true; try { CONFIG.save() } catch (error) { print(error.message) }"),
  ).toContain(`nothing was saved, as ${file} is broken: it is not JSON. Mend the file, or delete it.`);
  expect(readFileSync(file, "utf8")).toBe("{ not json");
});

test("unknown keys, and what another process saved meanwhile, are kept", () => {
  const file = join(scratchFolder(), "config.json");
  writeFileSync(file, JSON.stringify({ APP: { FUTURE: [1] }, OTHER: { a: 1 } }));
  const meanwhile = JSON.stringify({ APP: { FUTURE: [1], DEBUG: true }, OTHER: { a: 1 } });
  run(
    file,
    `const { writeFileSync } = await import("node:fs"); writeFileSync(${JSON.stringify(file)}, ${JSON.stringify(meanwhile)});
     CONFIG.API.HOST = "h"; CONFIG.save();`,
  );
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    APP: { FUTURE: [1], DEBUG: true },
    API: { HOST: "h" },
    OTHER: { a: 1 },
  });
});

test("a place that cannot be written is named, with the way out", () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, "file"), "");
  const file = join(folder, "file", "config.json");
  const printed = run(file, "try { CONFIG.save() } catch (error) { print(error.code, error.message) }");
  expect(printed).toContain("Set NNSIGHT_CONFIG to a file");
  expect(existsSync(file)).toBe(false);
});

test("DEBUG shows the library's frames", () => {
  const file = join(scratchFolder(), "config.json");
  const failing = `const { tensor } = await import(${source("index.ts")});
try { tensor([1]).at(9) } catch (error) { print(error.stack) }`;
  expect(run(file, failing)).toMatch(/^IndexError: .*\n {4}at file:.*script\.mjs:3:19\n$/);
  expect(run(file, `CONFIG.APP.DEBUG = true; ${failing}`)).toContain("core/src/");
});

test("the file is where the system keeps configuration, or where NNSIGHT_CONFIG says", () => {
  vi.stubEnv("NNSIGHT_CONFIG", "");
  vi.stubEnv("XDG_CONFIG_HOME", "/configs");
  vi.stubEnv("APPDATA", "/roaming");
  const platforms = {
    linux: "/configs/nnsight-ts",
    win32: "/roaming/nnsight-ts",
    darwin: "/Library/Application Support/nnsight-ts",
  };
  for (const [platform, end] of Object.entries(platforms)) {
    vi.spyOn(process, "platform", "get").mockReturnValue(platform as NodeJS.Platform);
    expect(settingsPath().endsWith(`${end}/config.json`)).toBe(true);
  }
  vi.stubEnv("NNSIGHT_CONFIG", "/here/mine.json");
  expect(settingsPath()).toBe("/here/mine.json");
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

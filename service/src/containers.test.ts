/** The files for containers, read as an engine would: no engine is needed, and what they name is there. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (name: string): string => readFileSync(join(root, "service", name), "utf8");

interface Instruction {
  readonly name: string;
  readonly words: string;
}

/** One for each line, once lines that go on are joined. */
const instructions: readonly Instruction[] = read("Dockerfile")
  .replaceAll(/^#.*\n/gm, "")
  .replaceAll(/\\\n\s*/g, "")
  .split("\n")
  .filter((line) => line)
  .map((line) => {
    const [, name, words] = /^(\S+)\s+(.*)$/.exec(line)!;
    return { name: name!, words: words! };
  });
const all = (name: string): string[] =>
  instructions.filter((one) => one.name === name).map(({ words }) => words);

interface Container {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
}
const { services, volumes } = parse(read("compose.yaml")) as {
  readonly services: Readonly<Record<string, Container>>;
  readonly volumes: object;
};

test("the image: known instructions, pinned bases, files that are there, nothing run as root", () => {
  const known = ["FROM", "WORKDIR", "ENV", "COPY", "RUN", "USER", "ENTRYPOINT", "CMD"];
  expect(instructions.filter(({ name }) => !known.includes(name))).toEqual([]);
  const bases = all("FROM").map((words) => /^(\S+?):(\S+?)(?: AS (\S+))?$/.exec(words)!);
  expect(bases.map(([, image, tag]) => [image, tag])).toEqual(bases.map(() => ["node", "24-bookworm-slim"]));
  for (const words of all("COPY")) {
    const [, stage, from] = /^(?:--from=(\S+) )?(.*) \S+$/.exec(words)!;
    if (stage) expect(bases.map(([, , , name]) => name)).toContain(stage);
    // What is built of it is there once it was built here.
    else for (const file of from!.split(" ")) expect(existsSync(join(root, file)), file).toBe(true);
    for (const path of stage ? from!.split(" ") : [])
      expect(existsSync(join(root, path.replace("/app/", ""))), path).toBe(true);
  }
  const at = (name: string): number => instructions.findLastIndex((one) => one.name === name);
  expect(all("USER")).toEqual(["nnsight"]);
  expect(at("USER")).toBeLessThan(at("ENTRYPOINT"));
  const [command, program] = JSON.parse(all("ENTRYPOINT")[0]!) as string[];
  expect([command, existsSync(join(root, program!))]).toEqual(["node", true]);
  expect(all("RUN").join("\n")).not.toMatch(/sudo|curl|wget|chmod 777|npm install/);
});

test("compose: what is named is there, volumes belong to who writes into them, no password stands in it", () => {
  const made = /mkdir (.*?) &&/.exec(all("RUN").at(-1)!)![1]!.split(" ");
  for (const [name, one] of Object.entries(services)) {
    expect(Boolean(one.image) !== Boolean(one.build), name).toBe(true);
    expect(one.image ?? "an image of ours", name).not.toMatch(/:latest$|^[^:]+$(?<!ours)/);
    if (one.build) {
      const context = join(root, "service", one.build.context);
      expect(existsSync(join(context, one.build.dockerfile)), name).toBe(true);
    }
    const needs = Array.isArray(one.depends_on) ? one.depends_on : Object.keys(one.depends_on ?? {});
    for (const needed of needs) expect(Object.keys(services)).toContain(needed);
    for (const [needed, { condition }] of Array.isArray(one.depends_on)
      ? []
      : Object.entries(one.depends_on ?? {}))
      if (condition === "service_healthy") expect(services[needed]!.healthcheck, needed).toBeDefined();
    for (const volume of one.volumes ?? []) {
      const [from, to] = volume.split(":") as [string, string];
      if (from.startsWith(".")) continue;
      expect(Object.keys(volumes)).toContain(from);
      if (one.build) expect(made, `${name}: ${to}`).toContain(to);
    }
  }
  for (const secret of read("compose.yaml").matchAll(/(?:PASSWORD|nnsight:|--token=)[:\s]*(\S+)/g))
    expect(secret[1]).toMatch(/^\$\{\w+:\?\}|^nnsight$/);
});

test("the commands in it are commands of ours", () => {
  const [, program] = JSON.parse(all("ENTRYPOINT")[0]!) as string[];
  for (const { command } of Object.values(services).filter(({ build }) => build)) {
    const words = command!.map((word) => word.replaceAll(/\$\{\w+:\?\}/g, "x"));
    const said = execFileSync(process.execPath, [join(root, program!), ...words, "--help"], {
      encoding: "utf8",
    });
    expect(said).toContain(`nnsight-ts ${words[0]} `);
  }
});

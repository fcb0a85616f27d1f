/** What stands on the command line, read: each mistake is told with what would be right. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Limits } from "../store/store.ts";
import type { Values } from "./bin.ts";

const kept = ["data", "database", "memory-only"];
const holding = ["model", "hold", "keep", "seconds", "ram", "lean", "log"];
/** What each command reads, beside --help. */
const taken = {
  serve: [
    ...[...kept, "blobs", ...holding, "host", "port", "tls-cert", "tls-key", "no-worker", "with-parent"],
    ...["lease", "stay", "tier", "tiers"],
  ],
  worker: ["server", "token", "name", ...holding],
  admin: ["data", "database", "blobs", "scope", "tier", "tiers"],
} as const;

/** @throws Error for an option or a word that a command does not read, or for several places of jobs */
export function requireTaken(
  command: keyof typeof taken,
  given: readonly string[],
  words: readonly string[],
): void {
  const known: readonly string[] = taken[command];
  const stray = given.find((name) => name !== "help" && !known.includes(name));
  const list = known.map((name) => `--${name}`).join(", ");
  if (stray) throw new Error(`${command} takes no --${stray}. It takes ${list}.`);
  if (command !== "admin" && words.length)
    throw new Error(`${command} takes no word '${words[0]}', only options: ${list}.`);
  if (kept.filter((name) => given.includes(name)).length > 1)
    throw new Error("jobs are kept in one place: say --data, --database or --memory-only, not several.");
}

const levels = ["silent", "fatal", "error", "warn", "info", "debug", "trace"];

/** How much is logged. @throws Error for no level */
export function levelOf({ log = "info" }: Values): string {
  if (levels.includes(log)) return log;
  throw new Error(`--log is one of ${levels.join(", ")}, not '${log}'.`);
}

/** The URL of a broker, without a slash at its end. @throws Error for none */
export function serverOf(server: string): string {
  if (URL.canParse(server) && /^https?:/.test(server)) return server.replace(/\/+$/, "");
  throw new Error(`--server is the URL of a broker, such as https://example.org, not '${server}'.`);
}

/** @throws Error for what is no number, or not within its bounds */
export function numberOf(
  values: Values,
  name: "hold" | "lease" | "port" | "ram" | "seconds" | "stay",
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const text = values[name] ?? "";
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= least && value <= most) return value;
  const bounds = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`;
  throw new Error(`--${name} is a number ${bounds}, not '${text}'.`);
}

/** What a worker holds. @throws Error for a model to keep that it may not hold */
export function holdOf(values: Values): { readonly hold?: number; readonly keep?: readonly string[] } {
  const { model: models = [], keep = [] } = values;
  const stranger = keep.find((id) => !models.includes(id));
  if (stranger) throw new Error(`--keep ${stranger}: say --model ${stranger}, too.`);
  if (values.hold === undefined) {
    if (keep.length) throw new Error("--keep says which models stay when --hold GiB is given.");
    return {};
  }
  return { hold: numberOf(values, "hold", 0.001) * 2 ** 30, keep };
}

const tier = z
  .strictObject({
    rate: z.number().positive(),
    waiting: z.number().int().min(1),
    running: z.number().int().min(1),
    weight: z.number().positive(),
    daily: z.number().min(0),
  })
  .partial();
const tiers = z.record(z.string().regex(/^[a-z][a-z0-9-]{0,30}$/), tier);

/** The tiers in a file, of which `standard` is the one of keys without another. @throws Error for what is none */
export function tiersIn(path: string): Partial<Limits> {
  const form = `tiers stand in ${path} as {"standard": {"waiting": 50}, "large": {"rate": 50, "waiting": 500, "running": 8, "weight": 4, "daily": 86400}}`;
  let said: unknown;
  try {
    said = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`--tiers: ${error instanceof Error ? error.message : error}. ${form}.`);
  }
  const read = tiers.safeParse(said);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new Error(`--tiers: ${issue!.path.join(".")}: ${issue!.message}. ${form}.`);
  }
  const { standard = {}, ...others } = read.data as Record<string, Partial<Limits>>;
  return { ...standard, tiers: others };
}

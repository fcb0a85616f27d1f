/** Memory of a process that loaded the model and ran 100 different traces. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { atMost, ratio } from "../base/measure.mjs";

export const work = "memory: model + 100 different traces";
export const rounds = 1;
export const warm = 0;
export const note =
  "The weights that untouched blocks run on are packed, in memory. A touched block reads them where they lie in the model's file: 100 traces that touch all 30 blocks map 425 MB of it, which the system can take back when it needs the room. Why the packed ones are not on disk, where all could share them: docs/decisions/13-chains.md.";

/** In a process of its own, started as the kernel starts the one that runs cells. */
const loaded = () => {
  const script = join(import.meta.dirname, "..", "load.mjs");
  const out = execFileSync(process.execPath, ["--max-semi-space-size=4", script], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(out.trim().split("\n").at(-1));
};

export const candidates = () => {
  let found;
  const told = (of) => async () => of((found ??= loaded()));
  return {
    "load to the first logits": told(({ load }) => load),
    "after it, MB": told(({ memory }) => memory / 1e6),
    "after 100 traces, MB": told(({ later }) => later / 1e6),
    "of it not mapped from a file, MB": told(({ own }) => own / 1e6),
    "the float32 weights, MB": told(({ weights }) => weights / 1e6),
  };
};

export const figures = (m) => [
  ratio(
    "after 100 traces over the weights",
    m["after 100 traces, MB"] / m["the float32 weights, MB"],
    atMost(1.25),
  ),
  ratio(
    "after 100 traces, not mapped from a file, over the weights",
    m["of it not mapped from a file, MB"] / m["the float32 weights, MB"],
    {},
  ),
  ratio("after the first over the weights", m["after it, MB"] / m["the float32 weights, MB"], {}),
];

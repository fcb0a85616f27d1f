// The programs that a test runs, as the backend gets them.

import type { Made, Result } from "../../core/src/ir/node.ts";
import type { Program } from "../../core/src/ir/program.ts";
import { parse } from "../../core/src/ir/text/parse.ts";
import { type PrintOptions, print } from "../../core/src/ir/text/print.ts";
import type { Hosted } from "../../core/src/model/hosted.ts";
import { give } from "../../core/src/remote/backend.ts";
import { outcomeOf } from "../../core/src/remote/outcome.ts";
import { admit, defaultAdmission, runAdmitted } from "../../core/src/remote/receive.ts";
import { submissionOf } from "../../core/src/remote/submission.ts";
import type { Request } from "../../core/src/run/backend.ts";
import { LocalBackend } from "../../core/src/run/local.ts";

type Run = LocalBackend["run"];

/** What a program gives when it is submitted, admitted and run as a service does it. */
export async function runAsBytes(
  program: Program,
  request: Request,
  run: Run,
  models: ReadonlyMap<string, Hosted>,
): Promise<void> {
  const submission = submissionOf(program, request.inputs);
  const admitted = admit(submission.bytes, models, { ...defaultAdmission, nodes: 100_000, depth: 32 });
  const log = (line: string): void =>
    request.onEvent({ kind: "log", node: program.nodes[0]!, message: [line] });
  const back = (bytes: Uint8Array): void => give(outcomeOf(bytes), submission, request.kept);
  back(await runAdmitted(admitted, { run }, log, back));
}

/** Puts `change` in front of the backend for whole programs, those within others apart; the function takes it away. */
export function intercept(
  change: (program: Program, request: Request, run: Run) => Promise<void>,
): () => void {
  const original = LocalBackend.prototype.run;
  let depth = 0;
  LocalBackend.prototype.run = async function (program, request) {
    if (depth > 0) return original.call(this, program, request);
    depth++;
    try {
      await change(program, request, original.bind(this));
    } finally {
      depth--;
    }
  };
  return () => {
    LocalBackend.prototype.run = original;
  };
}

/** The whole programs that were run by `run`. */
export async function programsOf(run: () => PromiseLike<unknown>): Promise<Program[]> {
  const programs: Program[] = [];
  const restore = intercept(async (program, request, backend) => {
    programs.push(program);
    await backend(program, request);
  });
  try {
    await run();
  } finally {
    restore();
  }
  return programs;
}

/** What a program gives when it is printed, and what the text says is run in its stead. @returns the two texts */
export async function runAsText(
  program: Program,
  request: Request,
  run: Run,
  options: PrintOptions = {},
): Promise<readonly [string, string]> {
  const { text, references, results } = print(program, options);
  const again = parse(text, references);
  const names = new Map([...again.results].map(([name, result]) => [result, name]));
  const kept = new Map<Result, Made>();
  try {
    await run(again.program, { ...request, kept });
  } finally {
    for (const [result, made] of kept) request.kept.set(results.get(names.get(result)!)!, made);
  }
  return [text, print(again.program, options).text];
}

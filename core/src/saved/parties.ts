/** Who writes a program into a file and who reads it: a model's modules stand in it by their paths. */
import { NNsightError, TypeError, ValueError } from "../base/errors.ts";
import { leavesOf, mapTree } from "../base/tree.ts";
import { lineOf } from "../base/where.ts";
import type { Apply } from "../ir/node.ts";
import type { Program } from "../ir/program.ts";
import type { Limits } from "../ir/verify.ts";
import { type Place, placeOf } from "../model/envoy.ts";
import type { Module } from "../nn/module.ts";
import { isType, moduleOf, recordRoot } from "../nn/record.ts";
import { plainLeaves } from "../remote/plain.ts";
import { programsIn } from "../remote/programs.ts";
import { type Host, isHost } from "../tensor/host.ts";
import { readLate } from "../trace/invokes.ts";
import { itemsOf } from "../trace/loop.ts";
import { held } from "../trace/made.ts";
import { runOf, stepNamed, stepOf, typeGiven } from "../trace/steps.ts";
import type { Subject } from "../trace/subject.ts";
import { isTensor, Tensor } from "../trace/tensor.ts";
import type { Receiver } from "../wire/decode.ts";
import type { Sender } from "../wire/encode.ts";

/** A file of one's own may be larger than what a service takes; what it says is checked all the same. */
export const limits: Limits = { nodes: 1_000_000, depth: 64, bytes: Number.POSITIVE_INFINITY };

/** @throws TypeError for what is no model */
export function subjectOf(model: object): Subject {
  const place: Place | undefined = placeOf(model);
  if (place?.path === "") return place.subject;
  throw new TypeError(
    "edits and programs are of a model: give what `LanguageModel.load(…)` or `new NNsight(…)` gave.",
  );
}

/** Reads what was written on a model of a class for this one. @throws what does not fit, with both */
export function fitted<T>(made: string, subject: Subject, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof NNsightError)
      error.message = `what was written on a ${made} does not fit this ${subject.name}: ${error.message}`;
    throw error;
  }
}

export function senderOf(subject: Subject, program: Program): Sender {
  const root = subject.module as Module;
  const paths = new Map([...root.namedModules()].map(([path, one]) => [one, path]));
  return {
    placeOf: (fn) => {
      const path = paths.get(moduleOf(fn)!);
      if (path !== undefined) return { model: "", path };
      throw new TypeError(
        `'${fn.name}' is called, which is no module of this model, so a file could not name it: attach it first (\`model.attach("name", module)\`), here and where the file is read.`,
      );
    },
    stepOf: (run) => stepOf(run) ?? refuseOwn(run, program),
    leaves: plainLeaves,
    lineOf: () => "the file",
  };
}

function refuseOwn(run: Apply["run"], program: Program): never {
  for (const { nodes } of programsIn(program))
    for (const node of nodes)
      if (node.kind === "apply" && node.run === run)
        throw new TypeError(
          `the function '${node.name}' given to apply at ${lineOf(node.where ?? {})} is a function of your own, which a file cannot hold. Write it with tensor operations, or call it on what the program gives.`,
        );
  throw new TypeError("a function of your own cannot be held by a file.");
}

export function receiverOf(subject: Subject, finished?: Receiver["finished"]): Receiver {
  const modules = new Map((subject.module as Module).namedModules());
  const { intake } = subject;
  return {
    leaves: plainLeaves,
    held,
    fn({ path }, args) {
      const module = modules.get(path);
      if (module) return recordRoot(module, args).fn;
      throw new ValueError(
        `the file is of a model that has a module '${path}', and this one (${subject.name}) has none. Attach it first, or load the model that the file was written with.`,
      );
    },
    call(step) {
      const type = typeGiven(step);
      return { run: runOf(stepNamed(step)), ...(type && { type }) };
    },
    items: itemsOf,
    inputs(_, given, { takes, several }) {
      if (takes === "values")
        return given.flatMap(({ input }) => leavesOf(input, isTensor).map(({ state }) => state as Host));
      const portions = given.map(({ input, late }) => {
        const own = mapTree(input, isHost, (host) => new Tensor(host));
        return late ? readLate(intake, own, several) : intake.read(own);
      });
      return leavesOf(intake.join(portions, several || given.some(({ late }) => late)).args, isHost);
    },
    types: () => leavesOf(intake.anySignature(), isType),
    ...(finished && { finished }),
  };
}

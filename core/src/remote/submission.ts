/** A program as the bytes that a client submits: one safetensors file with the program in its header. */
import { ValueError } from "../base/errors.ts";
import { lineOf } from "../base/where.ts";
import type { Fn } from "../ir/fn.ts";
import type { Program } from "../ir/program.ts";
import type { LoopBody, RegionBody } from "../ir/region.ts";
import { fromSafetensors, toSafetensors } from "../load/safetensors-bytes.ts";
import { hostedOf } from "../model/hosted.ts";
import type { Module } from "../nn/module.ts";
import { moduleOf } from "../nn/record.ts";
import { opNamed } from "../ops/named.ts";
import type { Host } from "../tensor/host.ts";
import { defaultGenerator } from "../tensor/random.ts";
import { draws, stepOf } from "../trace/steps.ts";
import { encode, type Sent } from "../wire/encode.ts";
import { generatorName, generatorTensor } from "./outcome.ts";
import { plainLeaves } from "./plain.ts";

export interface Submission extends Sent {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** @throws TypeError or ValueError, with the user's line, for what cannot leave this process */
export function submissionOf(program: Program, inputs: readonly Host[]): Submission {
  const lines = linesIn(program);
  const sent = encode(program, inputs, {
    placeOf: placesIn(program),
    stepOf,
    leaves: plainLeaves,
    lineOf: (body) => lines.get(body) ?? "an unknown line",
  });
  const state = drawsIn(program) ? defaultGenerator.state : undefined;
  const tensors = new Map([...sent.tensors, ...generatorTensor(state)]);
  const bytes = toSafetensors({ tensors, metadata: { program: JSON.stringify(sent.form) } });
  return { ...sent, bytes };
}

/** What was submitted, before anything of it is believed. @throws ValueError for what is no submission */
export function submitted(bytes: Uint8Array): {
  readonly form: unknown;
  readonly tensors: ReadonlyMap<string, Host>;
  readonly generator: Float64Array | undefined;
} {
  const { tensors, metadata } = fromSafetensors(bytes);
  const generator = tensors.get(generatorName)?.data;
  if (generator && !(generator instanceof Float64Array))
    throw new ValueError("the state of the generator is none.");
  try {
    return { form: JSON.parse(metadata["program"] ?? ""), tensors, generator };
  } catch {
    throw new ValueError("the program is no JSON.");
  }
}

/** Each program and those within it. */
function* programsIn(program: Program, seen = new Set<RegionBody>()): Generator<Program> {
  yield program;
  for (const node of program.nodes)
    if (node.kind === "region" && !seen.has(node.body)) {
      seen.add(node.body);
      yield* programsIn(node.body.program(), seen);
    }
}

type Place = { readonly model: string; readonly path: string };

/** Where a module of the hosted models that the program runs stands. */
function placesIn(program: Program): (fn: Fn) => Place | undefined {
  const roots = new Set<Module>();
  for (const { root } of programsIn(program)) roots.add(moduleOf(root)!);
  const models = [...roots].flatMap((root) => (root && hostedOf(root)) ?? []);
  return (fn) => {
    const module = moduleOf(fn)!;
    for (const { key, paths } of models) {
      const path = paths.get(module);
      if (path !== undefined) return { model: key, path };
    }
    return undefined;
  };
}

function linesIn(program: Program): Map<LoopBody, string> {
  const lines = new Map<LoopBody, string>();
  for (const { nodes } of programsIn(program))
    for (const node of nodes)
      if (node.kind === "region" && node.body.kind === "loop") lines.set(node.body, lineOf(node.where ?? {}));
  return lines;
}

const drawsIn = (program: Program): boolean =>
  programsIn(program).some(({ nodes }) =>
    nodes.some((node) =>
      node.kind === "op" ? opNamed(node.op).host : node.kind === "apply" && draws(node.run),
    ),
  );

/** The model as one ONNX Runtime session: the same graph, uncut, from the library's own parts. */
import { dirname } from "node:path";
import * as ort from "onnxruntime-node";
import { emit } from "../core/dist/compile/emit.js";
import { encode } from "../core/dist/onnx/encode.js";
import { toRuntime } from "../core/dist/run/values.js";

/** A function that makes one, which serves any prompt: it gives a function that runs the whole forward once. */
export async function wholeForward(lm, prompt) {
  const tracer = lm.trace(prompt);
  const { intake, record } = tracer.subject;
  await tracer.close();
  const portion = intake.read(prompt);
  const { fn } = record(intake.signature(portion, false));
  const vars = fn.inputs.map(({ results: [{ type }] }) => ({ type }));
  const outputs = fn.output.logits ? [{ type: fn.output.logits.type }] : [];
  const steps = [{ kind: "call", path: "model", fn, unit: false, inputs: vars, outputs }];
  const { graph, inputs: names } = emit({ kind: "graph", steps, inputs: vars, outputs });
  const { source } = graph.initializers.find(({ value }) => value.source).value;
  const session = await ort.InferenceSession.create(encode(graph), {
    graphOptimizationLevel: "all",
    extra: {
      session: {
        intra_op: { allow_spinning: "0" },
        model_external_initializers_file_folder_path: dirname(source.path),
      },
    },
  });
  return (input) => {
    const [[ids], { position_ids }] = intake.join([intake.read(input)], false).args;
    const feeds = Object.fromEntries(names.map((name, i) => [name, toRuntime([ids, position_ids][i])]));
    return () => session.run(feeds);
  };
}

/** Makes a session of ONNX Runtime for a compiled graph, on the device that is set. */
import { dirname } from "node:path";
import * as ort from "onnxruntime-node";
import { RuntimeError, ValueError } from "../base/errors.ts";
import { settings } from "../base/settings.ts";
import type { Compiled } from "../compile/compiled.ts";
import { encode } from "../onnx/encode.ts";
import { allNodes } from "../onnx/graph.ts";

/** Spinning threads of many small sessions fight for the cores: 2 to 5 times slower (docs/decisions, engine measurements). */
const threads = { intra_op: { allow_spinning: "0" } };

/**
 * Packed pieces copy their weights into the layout that runs fastest; others read them where they are, which is ready at
 * once.
 * @throws ValueError for a device that this build of ONNX Runtime does not have, RuntimeError for one that does not start
 */
export async function createSession(
  { graph, lasting }: Compiled,
  isPacked: boolean,
): Promise<ort.InferenceSession> {
  const device = settings.APP.DEVICE ?? "cpu";
  const names = ort.listSupportedBackends().map(({ name }) => name);
  if (!names.includes(device))
    throw new ValueError(
      `CONFIG.APP.DEVICE is '${device}', and this build of ONNX Runtime has ${names.join(", ")}. Set one of these, or install a build that has it.`,
    );
  const source = graph.initializers.find(({ value }) => value.source)?.value.source;
  const packs = allNodes(graph).some(({ operator }) => operator === "MatMulNBits");
  const options: ort.InferenceSession.SessionOptions = {
    graphOptimizationLevel: lasting ? "all" : "basic",
    logSeverityLevel: 4,
    enableCpuMemArena: false,
    ...(settings.APP.THREADS !== undefined && { intraOpNumThreads: settings.APP.THREADS }),
    ...(device !== "cpu" && { executionProviders: [device, "cpu"] }),
    extra: {
      session: {
        ...threads,
        // The kernel of weights in few bits only runs on its own layout.
        ...(!isPacked && !packs && { disable_prepacking: "1" }),
        ...(source && { model_external_initializers_file_folder_path: dirname(source.path) }),
      },
    },
  };
  const made = ort.InferenceSession.create(encode(graph), options);
  if (device === "cpu") return made;
  return made.catch((cause: Error) => {
    throw new RuntimeError(
      `the device '${device}' did not take a part of the model: ${cause.message} Set CONFIG.APP.DEVICE = "cpu" to run it on the processor.`,
      { cause },
    );
  });
}

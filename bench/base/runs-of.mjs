/** The runs of ONNX Runtime that some work makes, to be made again without us. */
import * as ort from "onnxruntime-node";

export async function runsOf(work) {
  const made = [];
  const { run } = ort.InferenceSession.prototype;
  ort.InferenceSession.prototype.run = function (...args) {
    made.push(() => run.apply(this, args));
    return run.apply(this, args);
  };
  try {
    await work();
  } finally {
    ort.InferenceSession.prototype.run = run;
  }
  return made;
}

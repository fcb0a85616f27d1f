/** Warm sessions by key: equal structures over the same weights are compiled once. */
import { dirname } from "node:path";
import * as ort from "onnxruntime-node";
import type { Compiled } from "../compile/emit.ts";
import { encode } from "../onnx/encode.ts";

/** Spinning threads of many small sessions fight for the cores: 2 to 5 times slower (docs/decisions, engine measurements). */
const threads = { intra_op: { allow_spinning: "0" } };

export class Sessions {
  /** The least recently used first. */
  readonly #warm = new Map<string, Promise<ort.InferenceSession>>();
  /** How many were made so far. */
  made = 0;

  /** @param most how many are kept; the least recently used ones beyond it are released */
  constructor(readonly most = 512) {}

  /** The session of a compiled graph, made if it is not there. @throws what ONNX Runtime says of a graph it refuses */
  get(compiled: Compiled): Promise<ort.InferenceSession> {
    const { key } = compiled;
    const session = this.#warm.get(key) ?? this.#make(compiled);
    this.#warm.delete(key);
    this.#warm.set(key, session);
    this.#trim();
    return session;
  }

  get size(): number {
    return this.#warm.size;
  }

  #make(compiled: Compiled): Promise<ort.InferenceSession> {
    this.made++;
    const made = create(compiled);
    made.catch(() => this.#warm.delete(compiled.key));
    return made;
  }

  #trim(): void {
    for (const [key, session] of this.#warm) {
      if (this.#warm.size <= this.most) return;
      this.#warm.delete(key);
      session.then((one) => one.release()).catch(() => undefined);
    }
  }
}

/** Lasting pieces copy their weights into the layout that runs fastest; others read them where they are, which is ready at once. */
function create({ graph, lasting }: Compiled): Promise<ort.InferenceSession> {
  const source = graph.initializers.find(({ value }) => value.source)?.value.source;
  return ort.InferenceSession.create(encode(graph), {
    graphOptimizationLevel: lasting ? "all" : "basic",
    logSeverityLevel: 4,
    enableCpuMemArena: false,
    extra: {
      session: {
        ...threads,
        ...(!lasting && { disable_prepacking: "1" }),
        ...(source && { model_external_initializers_file_folder_path: dirname(source.path) }),
      },
    },
  });
}

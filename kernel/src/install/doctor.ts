/** Looks at everything the kernel needs, and says of each thing that is amiss how to mend it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { dataFolders, type System } from "../jupyterFolders.ts";
import { isOurs, type KernelSpec, program, readSpec } from "./kernelspec.ts";
import { defaultName } from "./target.ts";

export interface Finding {
  readonly what: string;
  readonly isWell: boolean;
  /** What was found. */
  readonly found: string;
  /** What to do when it is amiss. */
  readonly mend?: string;
}

export const oldestNode = 24;
const model = "HuggingFaceTB/SmolLM2-135M-Instruct";

type Examination = (system: System) => Finding | Promise<Finding>;

export function nodeFinding(version: string): Finding {
  const isWell = Number.parseInt(version, 10) >= oldestNode;
  const mend = `Install Node ${oldestNode} or later from nodejs.org, and run \`npx nnsight-ts-kernel install\` with it.`;
  return { what: "Node", isWell, found: `${version} at ${process.execPath}`, mend };
}

/** Binds a socket: the native part of the package must fit this system. */
const zeromq: Examination = async () => {
  const what = "ZeroMQ";
  try {
    const zmq = await import("zeromq");
    const socket = new zmq.Reply();
    await socket.bind("tcp://127.0.0.1:*");
    socket.close();
    return { what, isWell: true, found: `version ${zmq.version}` };
  } catch (error) {
    const mend = `Run \`npm rebuild zeromq\`. Ready-made builds are for Linux, macOS and Windows on x64 and arm64; elsewhere npm builds it and needs CMake and a C++ compiler.`;
    return { what, isWell: false, found: firstLine(error), mend };
  }
};

/** The first kernelspec of the name that Jupyter finds, as Jupyter does. */
export const kernelspec: Examination = (system) => {
  const what = "Kernelspec";
  const mend = "Run `npx nnsight-ts-kernel install`, with --sys-prefix in an active Python environment.";
  const folders = dataFolders(system).map((folder) => join(folder, "kernels", defaultName));
  const folder = folders.find((one) => existsSync(join(one, "kernel.json")));
  if (!folder) return { what, isWell: false, found: `none in ${folders.join(", ")}`, mend };
  const amiss = amissIn(readSpec(folder));
  return amiss
    ? { what, isWell: false, found: `${folder}: ${amiss}`, mend }
    : { what, isWell: true, found: folder };
};

function amissIn(spec: KernelSpec | undefined): string | undefined {
  if (!spec) return "kernel.json cannot be read";
  const [node = "", main = ""] = spec.argv ?? [];
  if (!isOurs(spec)) return `it starts another program, ${main}`;
  if (!existsSync(node)) return `its Node, ${node}, is gone`;
  if (!existsSync(main)) return `its program, ${main}, is gone`;
  if (pathToFileURL(main).href !== pathToFileURL(program).href)
    return `it starts another copy of the kernel, ${main}; this one is ${program}`;
  return undefined;
}

export const extension: Examination = (system) => {
  const places = dataFolders(system).map((folder) =>
    join(folder, "labextensions", "nnsight-ts-labextension"),
  );
  const found = places.find((place) => existsSync(join(place, "package.json")));
  return {
    what: "JupyterLab extension",
    isWell: found !== undefined,
    found: found ?? `none in ${places.join(", ")}`,
    mend: "Run the project's set-up, `npm start`. Without it values are shown as text and pictures only.",
  };
};

/** Loads it: this needs the files, the native ONNX Runtime and memory. */
const languageModel: Examination = async () => {
  const what = "Model";
  try {
    const { LanguageModel } = await import("nnsight-ts");
    await LanguageModel.load(model, { dispatch: true, progress: () => {} });
    return { what, isWell: true, found: `${model} loads` };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const mend =
      "Run the project's set-up, `npm start`, which brings a small model; or follow what is said above.";
    return { what, isWell: false, found: text.replaceAll("\n", "\n    "), mend };
  }
};

function firstLine(error: unknown): string {
  return String(error).split("\n")[0]!;
}

/** One finding after the other, as they are made. */
export async function* examine(system: System): AsyncGenerator<Finding> {
  yield nodeFinding(process.versions.node);
  for (const examination of [zeromq, kernelspec, extension, languageModel]) yield await examination(system);
}

export function told({ what, isWell, found, mend }: Finding): string {
  return `${isWell ? "ok  " : "amiss"} ${what}: ${found}${isWell ? "" : `\n    → ${mend}`}`;
}

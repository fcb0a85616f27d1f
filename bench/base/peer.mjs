/** PyTorch and NNsight in a process of their own (`bench/peer.py`), which takes turns with us. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = join(import.meta.dirname, "../..");
const own = join(root, ".cache", "bench-venv", "bin", "python");

/** The Python that has them: `BENCH_PYTHON`, or the one that `npm run bench:setup` made. */
export const python = () => process.env.BENCH_PYTHON ?? (existsSync(own) ? own : undefined);

/**
 * Starts it on the model in a folder; nothing where there is no such Python.
 * @returns `ask(work, arguments)` → milliseconds, and `versions`
 */
export async function startPeer(folder) {
  const bin = python();
  if (!bin || spawnSync(bin, ["-c", "import torch, transformers, nnsight"]).status !== 0) return undefined;
  const child = spawn(bin, [join(root, "bench", "peer.py")], { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const request = async (message) => {
    child.stdin.write(`${JSON.stringify(message)}\n`);
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the process of PyTorch ended at ${message.do}`);
      if (!value.startsWith("#")) continue;
      const answer = JSON.parse(value.slice(1));
      if (answer.error) throw new Error(`PyTorch's ${message.do}: ${answer.error}`);
      return answer;
    }
  };
  const versions = await request({ do: "load", folder });
  return {
    versions,
    ask: async (work, args) => (await request({ do: work, ...args })).ms,
    end: () => child.stdin.end(),
  };
}

/** `nnsight-ts worker`: runs jobs of a broker elsewhere; it needs nothing but to reach it. */
import { hostname } from "node:os";
import { pino } from "pino";
import { Agent } from "../worker/agent.ts";
import { HttpLine } from "../worker/line.ts";
import type { Values } from "./bin.ts";
import { holding } from "./serve.ts";
import { holdOf, levelOf, numberOf, serverOf } from "./values.ts";

export async function workerCommand(values: Values): Promise<void> {
  const { server, token, model: models = [] } = values;
  if (!server || !token || models.length === 0)
    throw new Error(
      "a worker needs --server URL, --token T (`nnsight-ts admin keys add NAME --scope worker`) and --model ID.",
    );
  const agent = new Agent({
    name: values.name ?? `${hostname()}-${process.pid}`,
    line: new HttpLine({ server: serverOf(server), token }),
    ...holding(models, holdOf(values)),
    log: pino({ level: levelOf(values) }, pino.destination(2)),
    seconds: numberOf(values, "seconds", 1),
    memory: numberOf(values, "ram", 0.1) * 2 ** 30,
    lean: values.lean ?? false,
  });
  // Once: what runs is ended first. Twice: at once.
  let asked = 0;
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => agent.stop(++asked > 1));
  await agent.load();
  console.log(`holding ${models.join(", ")}`);
  await agent.work();
  agent.kill();
}

#!/usr/bin/env node
/** The command `nnsight-ts`: `serve`, `worker` and `admin`. */
import { parseArgs } from "node:util";

const help = `nnsight-ts runs traces for other machines.

  nnsight-ts serve --data DIR --model ID          a service on this machine: broker, queue and one worker
  nnsight-ts serve --memory-only --model ID       the same, which forgets all when it ends
  nnsight-ts serve --database postgres://… --blobs DIR|s3://BUCKET/PREFIX --model ID --no-worker
                                                  a broker among several
  nnsight-ts worker --server URL --token T --model ID
                                                  a worker on another machine
  nnsight-ts admin keys|jobs|models|workers|drain|requeue --data DIR | --database URL
      keys [add NAME --scope submit|worker|admin --tier NAME | remove ID]
      jobs [cancel ID]
      drain NAME                                  a worker ends when it has run what it runs

Options: --model (several times), --host 127.0.0.1, --port 5100, --tls-cert FILE --tls-key FILE, --seconds 60 (of one job), --ram 8 (GiB of a child),
         --lean (one packed copy of a model's weights: half the memory, slower where jobs of different forms take turns),
         --tiers FILE (what keys may do), --hold GiB (of models in a worker: each is loaded when it is waited for, but for those of --keep ID; --stay 30 is for how many seconds at least),
         --lease 15 (seconds without a word from a worker until its job goes to another), --log info|debug|silent`;

const options = {
  data: { type: "string" },
  database: { type: "string" },
  blobs: { type: "string" },
  "memory-only": { type: "boolean" },
  model: { type: "string", multiple: true },
  host: { type: "string", default: "127.0.0.1" },
  port: { type: "string", default: "5100" },
  "tls-cert": { type: "string" },
  "tls-key": { type: "string" },
  "no-worker": { type: "boolean" },
  "with-parent": { type: "boolean" },
  seconds: { type: "string", default: "60" },
  lease: { type: "string", default: "15" },
  ram: { type: "string", default: "8" },
  lean: { type: "boolean" },
  server: { type: "string" },
  token: { type: "string" },
  name: { type: "string" },
  hold: { type: "string" },
  stay: { type: "string", default: "30" },
  keep: { type: "string", multiple: true },
  tier: { type: "string" },
  tiers: { type: "string" },
  scope: { type: "string", default: "submit" },
  log: { type: "string", default: "info" },
  help: { type: "boolean" },
} as const;

export type Values = ReturnType<
  typeof parseArgs<{ options: typeof options; allowPositionals: true }>
>["values"];

/** Each is read when it is asked for: help needs no database, and a question to a running service no model. */
const commands = {
  serve: async (values: Values) => (await import("./serve-command.ts")).serveCommand(values),
  worker: async (values: Values) => (await import("./worker-command.ts")).workerCommand(values),
  admin: async (values: Values, words: string[]) => (await import("./admin.ts")).admin(values, words),
};

const isCommand = (word: string): word is keyof typeof commands => Object.hasOwn(commands, word);

try {
  const { values, positionals, tokens } = parseArgs({ options, allowPositionals: true, tokens: true });
  const [command, ...rest] = positionals;
  if (values.help || !command) console.log(help);
  else if (isCommand(command)) {
    const given = tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
    (await import("./values.ts")).requireTaken(command, given, rest);
    await commands[command](values, rest);
  } else throw new Error(`there is no command '${command}'.\n\n${help}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** `node --import nnsight-ts/register script.ts`: the project's own TypeScript runs with the operators of tensors. */
import { registerHooks } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { registerEither } from "../runtime/index.ts";
import { isOwn } from "../runtime/own.ts";
import { Project } from "./project.ts";
import { installStacks, rememberMap } from "./stacks.ts";

registerEither();
installStacks();

const [, script] = process.argv;
const project = new Project(script ? dirname(resolve(script)) : process.cwd());

registerHooks({
  load(url, context, next) {
    if (!isOwn(url)) return next(url, context);
    const { js, map } = project.compile(fileURLToPath(url));
    rememberMap(url, map);
    return { format: "module", source: js, shortCircuit: true };
  },
});

// Set-up step: TypeScript to JavaScript, by `tsc -b`, which itself knows what is up to date.
import { quietly } from "../base/command.mjs";
import { inRoot, node24 } from "../base/paths.mjs";

export async function build() {
  await quietly(node24, [inRoot("node_modules/typescript/bin/tsc"), "-b", "--pretty", "false"], {
    what: "The TypeScript code does not compile.",
  });
}

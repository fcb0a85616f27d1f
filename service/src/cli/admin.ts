/** `nnsight-ts admin`: what an administrator does beside a service, or in one that runs. Keys are shown once, when they are made. */
import { existsSync } from "node:fs";
import { askRunning } from "./admin-socket.ts";
import { administer, requireTier, type Words } from "./administer.ts";
import type { Values } from "./bin.ts";

export async function admin(values: Values, words: Words): Promise<void> {
  const { scope, tier } = values;
  const told = values.data && (await askRunning(values.data, { words, scope, tier }));
  if (told) return console.log(told.join("\n"));
  if (values.data && !existsSync(values.data))
    throw new Error(
      `no service has kept anything in ${values.data}: the one of \`nnsight-ts serve --data ${values.data}\` makes it, with its first key.`,
    );
  const { limitsOf, placeOf } = await import("./place.ts");
  if (tier !== undefined) requireTier(tier, Object.keys(limitsOf(values).tiers ?? {}));
  const { store } = await placeOf(values);
  try {
    for (const line of await administer(store, { scope, tier }, words)) console.log(line);
  } finally {
    await store.close();
  }
}

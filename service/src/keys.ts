/** API keys: `nn_<public part>_<secret>`; of the secret only a hash is kept. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

export type Scope = "submit" | "worker" | "admin";

export interface Key {
  /** The public part: what shows in lists and logs. */
  readonly id: string;
  /** SHA-256 of the secret, which is random, so that no slow hash is needed. */
  readonly hash: string;
  readonly scope: Scope;
  readonly name: string;
  /** What it may do: the name of a tier of the service. */
  readonly tier: string;
}

/** A new key, with the text that its owner is given, once. */
export function newKey(
  scope: Scope,
  name: string,
  tier = "standard",
): { readonly key: Key; readonly text: string } {
  const id = randomBytes(6).toString("hex");
  const secret = randomBytes(24).toString("hex");
  return { key: { id, hash: hashOf(secret), scope, name, tier }, text: `nn_${id}_${secret}` };
}

export const hashOf = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");

/** The public part and the secret of a key; nothing for what is none. */
export function parseKey(text: string): { readonly id: string; readonly secret: string } | undefined {
  const match = /^nn_([0-9a-f]{12})_([0-9a-f]{48})$/.exec(text);
  return match ? { id: match[1]!, secret: match[2]! } : undefined;
}

export const matches = (key: Key, secret: string): boolean =>
  timingSafeEqual(Buffer.from(key.hash, "hex"), Buffer.from(hashOf(secret), "hex"));

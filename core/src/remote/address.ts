/** Where the service is and which key it is shown. */
import { CONFIG } from "../base/config.ts";
import { RemoteError } from "../base/errors.ts";
import type { Address } from "../load/own-service.ts";

export type { Address };

/** @throws RemoteError when either is not set */
export function addressNow(): Address {
  const { HOST, APIKEY } = CONFIG.API;
  if (!HOST)
    throw new RemoteError(
      'no service is known for { remote: true }: start one with `npx nnsight-ts serve`, then set NNSIGHT_HOST to the URL that it prints, or `CONFIG.API.HOST = "http://…"`.',
      "NO_HOST",
    );
  if (!APIKEY)
    throw new RemoteError(
      'no key is known for { remote: true }: set NNSIGHT_API_KEY to the key that the service gave you, or keep it with `CONFIG.setDefaultApiKey("nn_…")`.',
      "NO_KEY",
    );
  return { host: HOST.replace(/\/+$/, ""), key: APIKEY };
}

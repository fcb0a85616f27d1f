// Installs a Debian package, when this is Debian (or a relative) and we are root; anyone else gets a sentence instead.
import { findProgram, plainEnv, tryQuietly } from "./command.mjs";

export const canInstall = () => process.getuid?.() === 0 && Boolean(findProgram("apt-get"));

/** Gives `{ ok, output }`. */
export async function installDebian(...names) {
  const env = plainEnv({ DEBIAN_FRONTEND: "noninteractive" });
  const update = await tryQuietly("apt-get", ["update"], { env });
  const install = await tryQuietly("apt-get", ["install", "-y", "--no-install-recommends", ...names], {
    env,
  });
  return { ok: install.code === 0, output: update.output + install.output };
}

/** A PostgreSQL server of a test's own: on a free port of loopback, in a folder that goes away, never as root. */
import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";

export interface Server {
  readonly url: string;
  /** Ends it as a power cut would, and starts it again, some milliseconds later. */
  crash(away?: number): Promise<void>;
  stop(): Promise<void>;
}

/** Debian keeps each version's programs in a folder of its own. */
function programs(): string {
  const root = "/usr/lib/postgresql";
  const find = () =>
    existsSync(root)
      ? readdirSync(root)
          .sort((a, b) => Number(b) - Number(a))
          .map((one) => join(root, one, "bin"))
      : [];
  const found = (): string | undefined => find().find((folder) => existsSync(join(folder, "initdb")));
  const known = found();
  if (known) return known;
  execFileSync("apt-get", ["install", "-y", "--no-install-recommends", "postgresql"], { stdio: "ignore" });
  return found()!;
}

/** Somebody else than root, who may not run it. */
function user(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function startPostgres(): Promise<Server> {
  const bin = programs();
  const who = user();
  const folder = mkdtempSync(join(tmpdir(), "nnsight-postgres-"));
  if (who) chownSync(folder, who.uid, who.gid);
  const data = join(folder, "data");
  execFileSync(join(bin, "initdb"), ["-D", data, "-U", "nnsight", "-A", "trust", "--no-sync"], {
    ...who,
    cwd: folder,
    stdio: "ignore",
  });
  const port = await freePort();
  const url = `postgres://nnsight@127.0.0.1:${port}/postgres`;
  let server = await started();

  async function started() {
    const options = ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", folder];
    const child = spawn(join(bin, "postgres"), options, { ...who, cwd: folder, stdio: "ignore" });
    for (;;) {
      const client = new Client({ connectionString: url });
      client.on("error", () => undefined);
      try {
        await client.connect();
        await client.query("SELECT 1");
        await client.end();
        return child;
      } catch {
        if (child.exitCode !== null)
          throw new Error(`PostgreSQL ended with ${child.exitCode} while it was starting.`);
        await wait(50);
      }
    }
  }

  async function ended(signal: "SIGQUIT" | "SIGINT"): Promise<void> {
    const gone = new Promise((resolve) => server.once("exit", resolve));
    server.kill(signal);
    await gone;
  }

  return {
    url,
    async crash(away = 0) {
      await ended("SIGQUIT");
      await wait(away);
      server = await started();
    },
    async stop() {
      await ended("SIGQUIT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

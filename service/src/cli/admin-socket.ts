/** A running service's ear for its administrator, where one process has the folder: a socket in it, for who may read the folder. */
import { chmodSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { join } from "node:path";
import type { JobStore } from "../store/store.ts";
import { administer, type Words } from "./administer.ts";

interface Question {
  readonly words: Words;
  readonly scope: string;
  readonly tier: string | undefined;
}

const pathOf = (folder: string): string => join(folder, "admin.sock");

/** @returns what ends it */
export async function listenForAdmin(folder: string, store: JobStore): Promise<() => void> {
  const path = pathOf(folder);
  // The folder is this process's own: what is left there is of one that has died.
  rmSync(path, { force: true });
  const server = createServer(async (asked, answer) => {
    try {
      const { words, scope, tier } = JSON.parse(await textOf(asked)) as Question;
      answer.end(JSON.stringify({ lines: await administer(store, { scope, tier }, words) }));
    } catch (error) {
      answer.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    }
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(path, resolve));
  chmodSync(path, 0o600);
  return () => {
    server.close();
    server.closeAllConnections();
    rmSync(path, { force: true });
  };
}

/** What the service of a folder answers; nothing when none runs. @throws Error when it refuses */
export async function askRunning(folder: string, question: Question): Promise<string[] | undefined> {
  const text = await new Promise<string | undefined>((resolve, reject) => {
    const asking = request({ socketPath: pathOf(folder), method: "POST" }, (answer) =>
      textOf(answer).then(resolve, reject),
    );
    asking.once("error", () => resolve(undefined)).end(JSON.stringify(question));
  });
  if (text === undefined) return undefined;
  const { lines, error } = JSON.parse(text) as { readonly lines?: string[]; readonly error?: string };
  if (error !== undefined) throw new Error(error);
  return lines ?? [];
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

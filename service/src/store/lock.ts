/** A folder for one process: two that open PGlite's files at once lose what they have acknowledged. */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";

/**
 * @returns what gives it back
 * @throws Error when a process that is alive has it
 */
export function lockFolder(folder: string): () => void {
  const path = `${folder}.lock`;
  for (let tries = 0; ; tries++)
    try {
      const file = openSync(path, "wx");
      writeSync(file, `${process.pid} ${startOf(process.pid)}`);
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as { code?: string }).code !== "EEXIST" || tries > 1) throw error;
      const [pid = "", start] = readFileSync(path, "utf8").split(" ");
      if (start !== undefined && startOf(Number(pid)) === start)
        throw new Error(
          `${folder} is in use by the service of process ${pid}. Only one can have it: end that one, or give this one another --data.`,
        );
      rmSync(path, { force: true });
    }
}

/** When a process began; "" when there is none. A number that was used before is another process. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")")).split(" ")[20] ?? "";
  } catch {
    return isAlive(pid) ? "alive" : "";
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

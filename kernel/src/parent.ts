/** Ends the kernel when the process that started it is gone. */

const interval = 1000;

/** Jupyter names the process that started the kernel in JPY_PARENT_PID. */
export function watchParent(ended: () => void): void {
  const parent = Number(process.env.JPY_PARENT_PID);
  if (!Number.isInteger(parent) || parent <= 1) return;
  const adopted = process.ppid === 1;
  setInterval(() => {
    if (!isAlive(parent) || (process.ppid === 1 && !adopted)) ended();
  }, interval).unref();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

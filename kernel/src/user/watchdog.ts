/**
 * A thread of the user process that stops what the main thread cannot stop itself.
 * It reads orders from a pipe: `f` raises the interrupt flag, `t` terminates the running JavaScript.
 * When the pipe closes, the supervisor is gone, and the process ends.
 */
import { Session } from "node:inspector";
import { Socket } from "node:net";
import { Worker, workerData } from "node:worker_threads";

/** File descriptor of the pipe, given by the supervisor. */
const pipe = 4;

/** Positions in the shared flags. */
const interrupted = 0;
const busy = 1;
const interrupts = 2;

interface WatchdogData {
  readonly flags: SharedArrayBuffer;
}

export interface Watchdog {
  /** 1 at position 0 while an interrupt waits to be noticed, at position 2 how many there were; native loops may look at them. */
  readonly flags: Int32Array;
  begin(): void;
  end(): void;
}

export function startWatchdog(): Watchdog {
  const flags = new Int32Array(new SharedArrayBuffer(12));
  const worker = new Worker(new URL(import.meta.url), { workerData: { flags: flags.buffer } });
  worker.unref();
  return {
    flags,
    begin() {
      Atomics.store(flags, interrupted, 0);
      Atomics.store(flags, busy, 1);
    },
    end() {
      Atomics.store(flags, busy, 0);
    },
  };
}

function watch({ flags }: WatchdogData): void {
  const shared = new Int32Array(flags);
  const session = new Session();
  session.connectToMainThread();
  const orders = new Socket({ fd: pipe, readable: true, writable: true });
  const endProcess = () => process.kill(process.pid, "SIGKILL");
  orders.on("end", endProcess).on("close", endProcess).on("error", endProcess);
  orders.on("data", (data) => {
    const order = data.toString();
    if (order.includes("f")) {
      Atomics.add(shared, interrupts, 1);
      Atomics.store(shared, interrupted, 1);
    }
    // A termination of an idle thread would strike the next message.
    if (order.includes("t") && Atomics.load(shared, busy) === 1) session.post("Runtime.terminateExecution");
  });
}

const data = workerData as WatchdogData | null;
if (data && data.flags instanceof SharedArrayBuffer) watch(data);

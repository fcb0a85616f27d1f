/** What the kernel's processes use of the machine, as usage_request asks. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, freemem, hostname, totalmem } from "node:os";
import { promisify } from "node:util";

interface ProcessUsage {
  /** Bytes; shared ones are split between those who share them, where the system says so. */
  readonly memory: number;
  /** Seconds of processor time since the process began. */
  readonly cpu: number;
}

export interface Usage {
  readonly hostname: string;
  readonly pid: number;
  /** Per cent of one processor, as `top` counts. */
  readonly kernel_cpu: number;
  readonly kernel_memory: number;
  readonly host_cpu_percent: number;
  readonly cpu_count: number;
  readonly host_virtual_memory: Readonly<Record<string, number>>;
}

/** Per cent are since the last question; the first one tells of the time since the kernel began. */
export class UsageMeter {
  #cpu = new Map<number, number>();
  #time = performance.timeOrigin;
  #host = hostTimes();

  async read(): Promise<Usage> {
    const processes = await readProcesses();
    const now = Date.now();
    const sum = (of: (usage: ProcessUsage, pid: number) => number) =>
      [...processes].reduce((total, [pid, usage]) => total + of(usage, pid), 0);
    const seconds = sum(({ cpu }, pid) => Math.max(0, cpu - (this.#cpu.get(pid) ?? 0)));
    const elapsed = Math.max(0.001, (now - this.#time) / 1000);
    this.#cpu = new Map([...processes].map(([pid, { cpu }]) => [pid, cpu]));
    this.#time = now;
    return {
      hostname: hostname(),
      pid: process.pid,
      kernel_cpu: rounded((100 * seconds) / elapsed),
      kernel_memory: sum(({ memory }) => memory),
      host_cpu_percent: this.#hostPercent(),
      cpu_count: availableParallelism(),
      host_virtual_memory: hostMemory(),
    };
  }

  #hostPercent(): number {
    const before = this.#host;
    this.#host = hostTimes();
    const total = this.#host.total - before.total;
    return total > 0 ? rounded(100 * (1 - (this.#host.idle - before.idle) / total)) : 0;
  }
}

function hostTimes(): { readonly idle: number; readonly total: number } {
  const times = cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, cpu) => sum + cpu.idle, 0);
  const total = times.reduce((sum, cpu) => sum + cpu.user + cpu.nice + cpu.sys + cpu.irq + cpu.idle, 0);
  return { idle, total };
}

/** Under the names that psutil gives them, which clients expect. */
function hostMemory(): Record<string, number> {
  const total = totalmem();
  const available = freemem();
  const used = total - available;
  return { total, available, used, free: available, percent: rounded((100 * used) / total) };
}

/** This process and all below it. Windows tells only of this one. */
async function readProcesses(): Promise<Map<number, ProcessUsage>> {
  if (process.platform === "linux") return new Map(linuxTree(process.pid));
  if (process.platform !== "win32") {
    const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,rss=,time="]);
    return treeOf(process.pid, stdout);
  }
  const { user, system } = process.cpuUsage();
  return new Map([[process.pid, { memory: process.memoryUsage().rss, cpu: (user + system) / 1e6 }]]);
}

/** Linux counts processor time in ticks of 10 ms on every platform of Node. */
const ticks = 100;

function linuxTree(pid: number): [number, ProcessUsage][] {
  try {
    const folder = `/proc/${pid}`;
    const children = readFileSync(`${folder}/task/${pid}/children`, "utf8").split(" ").map(Number);
    // The name in brackets may hold spaces, so the fields are counted from behind it.
    const fields = readFileSync(`${folder}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    const cpu = (Number(fields[11]) + Number(fields[12])) / ticks;
    return [[pid, { cpu, memory: linuxMemory(folder) }], ...children.filter(Boolean).flatMap(linuxTree)];
  } catch {
    return []; // It has ended meanwhile.
  }
}

function linuxMemory(folder: string): number {
  try {
    const rollup = readFileSync(`${folder}/smaps_rollup`, "utf8");
    return Number(/^Pss:\s+(\d+)/m.exec(rollup)![1]) * 1024;
  } catch {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`${folder}/status`, "utf8"))?.[1] ?? 0) * 1024;
  }
}

/** From the lines of `ps -o pid=,ppid=,rss=,time=`, with rss in kilobytes: a process and all below it. */
export function treeOf(root: number, listed: string): Map<number, ProcessUsage> {
  const rows = listed
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, rss, time]) => ({
      pid: Number(pid),
      parent: Number(parent),
      usage: { memory: Number(rss) * 1024, cpu: secondsOf(time ?? "") },
    }));
  const found = new Map<number, ProcessUsage>();
  const visit = (pid: number) => {
    const row = rows.find((one) => one.pid === pid);
    if (row) found.set(pid, row.usage);
    for (const child of rows) if (child.parent === pid && !found.has(child.pid)) visit(child.pid);
  };
  visit(root);
  return found;
}

/** `1-02:03:04.5` or `3:04.5` in seconds. */
function secondsOf(time: string): number {
  const [clock = "", days = "0"] = time.split("-").reverse();
  return clock.split(":").reduce((total, part) => total * 60 + Number(part), 0) + Number(days) * 86_400;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

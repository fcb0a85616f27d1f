/** Candidates that take turns, so that a noisy minute hits all of them; medians with spread. */
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

/**
 * A candidate does its work once; it may give milliseconds that it took itself, such as those of one cell.
 * @returns for each candidate the median, the 10th and the 90th percentile, in ms
 */
export async function interleaved(candidates, { rounds, warm = 2 }) {
  const names = Object.keys(candidates);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  let patience = 200;
  for (let round = -warm; round < rounds; round++) {
    while (patience > 0 && (await busy()) > 0.2) patience--;
    // Each comes after each other one, when the threads of that have stopped to spin.
    for (const name of rotated(names, round + warm)) {
      await setTimeout(30);
      const begin = performance.now();
      const told = await candidates[name]();
      const taken = typeof told === "number" ? told : performance.now() - begin;
      if (round >= 0) times[name].push(taken);
    }
  }
  return Object.fromEntries(names.map((name) => [name, spreadOf(times[name])]));
}

const rotated = (names, by) => names.map((_, i) => names[(i + by) % names.length]);

/** Which part of the machine others use, over a tenth of a second in which we do nothing. */
async function busy() {
  const before = processorTimes();
  await setTimeout(100);
  const after = processorTimes();
  return (after.used - before.used) / (after.all - before.all);
}

/** Of all processors together, in the kernel's ticks; what other virtual machines take counts as used. */
function processorTimes() {
  const [user, nice, system, idle, wait, ...more] = readFileSync("/proc/stat", "utf8")
    .split("\n")[0]
    .split(/ +/)
    .slice(1)
    .map(Number);
  const used = user + nice + system + more.slice(0, 3).reduce((a, b) => a + b, 0);
  return { used, all: used + idle + wait };
}

function spreadOf(times) {
  const sorted = times.sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
  return { median: at(0.5), low: at(0.1), high: at(0.9), runs: sorted.length };
}

/** A ratio of two medians beside what it is to reach. */
export const ratio = (what, value, target) => ({ what, value, ...target });
export const atLeast = (least) => ({ least });
export const atMost = (most) => ({ most });

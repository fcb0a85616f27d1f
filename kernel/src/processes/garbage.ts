/** Frees what the compiler leaves behind: some 2 MB with every cell, which V8 would let grow past 500 MB. */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const megabyte = 1024 * 1024;
/** Collecting takes a tenth of a second, so that it has to be worth it. */
const least = 150 * megabyte;
const growth = 1.8;

let due = least;

/** Collects when the heap of this thread has nearly doubled since the last time. */
export function collectWhenDue(): void {
  if (used() < due) return;
  collect();
  due = Math.max(least, growth * used());
}

function used(): number {
  return getHeapStatistics().used_heap_size;
}

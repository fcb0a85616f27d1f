/** What user code prints, gathered for 20 ms or 64 KB and sent in order. */
import { Console } from "node:console";
import { StringDecoder } from "node:string_decoder";
import type { StreamName } from "./protocol.ts";

const longest = 20;
const largest = 64 * 1024;

export type SendText = (name: StreamName, text: string) => void;

/**
 * The global console tells the inspector of each call, which is there for the watchdog: that takes seven eighths of its
 * time and keeps the last thousand values alive. This one only writes.
 */
function installConsole(): void {
  const { stdout, stderr } = process;
  Object.assign(console, { ...new Console({ stdout, stderr, ignoreErrors: false }) });
}

export class Streams {
  #name: StreamName = "stdout";
  #text = "";
  #timer: NodeJS.Timeout | undefined;
  #since = 0;

  constructor(private readonly send: SendText) {}

  /** Takes the place of the process's own stdout and stderr. */
  install(): void {
    for (const name of ["stdout", "stderr"] as const) {
      const decoder = new StringDecoder("utf8");
      process[name].write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => {
        this.write(name, typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk)));
        const callback = typeof encoding === "function" ? encoding : done;
        if (typeof callback === "function") process.nextTick(callback as () => void);
        return true;
      }) as typeof process.stdout.write;
    }
    installConsole();
  }

  write(name: StreamName, text: string): void {
    if (name !== this.#name) this.flush();
    if (this.#text === "") this.#since = performance.now();
    this.#name = name;
    this.#text += text;
    // A loop that never waits keeps the timer from firing, so the clock is read here, too.
    if (this.#text.length > largest || performance.now() - this.#since > longest) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), longest).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#text;
    this.#text = "";
    if (text !== "") this.send(this.#name, text);
  }
}

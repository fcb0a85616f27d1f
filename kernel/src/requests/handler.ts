/** The shape of an answer to one type of request. */
import type { Comms } from "../comms.ts";
import type { Execution } from "../execution.ts";
import type { History } from "../history.ts";
import type { CompilerThread } from "../processes/compiler.ts";
import type { Json } from "../wire/message.ts";

export interface Kernel {
  readonly compiler: CompilerThread;
  readonly history: History;
  readonly execution: Execution;
  readonly comms: Comms;
  /** Ends the kernel once the replies are on their way. */
  shutdown(): void;
}

// biome-ignore lint/suspicious/noExplicitAny: each handler reads the content of its own request type
export type Handler<Content = any> = (content: Content, kernel: Kernel) => Json | Promise<Json>;

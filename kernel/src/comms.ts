/** The comms that are open between cells and clients, which targets cells have registered, and the kernel's own one. */
import type { Post } from "./post.ts";
import type { UserProcess } from "./processes/user.ts";
import type { CommEvent, LiveQuestion } from "./user/protocol.ts";
import type { Header, Json, Message } from "./wire/message.ts";

const types = new Set(["comm_open", "comm_msg", "comm_close"]);

export function isCommMessage(type: string): type is CommEvent["type"] {
  return types.has(type);
}

/** What a page opens to ask for more of something that is shown: it is always there, and outlives the user process. */
const live = "nnsight.live.v1";

export class Comms {
  readonly #targets = new Set<string>();
  /** The target of each open comm by its id. */
  readonly #open = new Map<string, string>();
  /** Messages that user code has not handled yet. */
  readonly #unhandled = new Map<string, () => void>();

  constructor(
    private readonly post: Post,
    private readonly user: UserProcess,
  ) {}

  /** Every open comm, or those of one target. */
  info(target?: string): Record<string, { readonly target_name: string }> {
    const chosen = [...this.#open].filter(([, name]) => target === undefined || name === target);
    return Object.fromEntries(chosen.map(([id, name]) => [id, { target_name: name }]));
  }

  /** Hands a client's message to user code; done when that has handled it. */
  async receive(type: CommEvent["type"], { header, content, metadata, buffers }: Message): Promise<void> {
    const id = String(content.comm_id);
    if (type === "comm_open") {
      const target = String(content.target_name);
      if (target !== live && !this.#targets.has(target)) {
        // No one listens to this target, so the other side is told to close.
        this.#close(id, header);
        return;
      }
      this.#open.set(id, target);
    } else if (!this.#open.has(id)) return;
    const isLive = this.#open.get(id) === live;
    if (type === "comm_close") this.#open.delete(id);
    if (isLive) {
      const request = content.data as LiveQuestion["request"];
      if (type === "comm_msg") this.user.send({ kind: "live", comm: id, request, parent: header });
      return;
    }
    await new Promise<void>((resolve) => {
      this.#unhandled.set(header.msg_id, resolve);
      this.user.handleComm({ kind: "comm", type, header, content, metadata, buffers });
    });
  }

  /** Publishes a message of user code. */
  publish({ type, content, metadata, buffers, parent }: CommEvent): void {
    const id = String(content.comm_id);
    if (type === "comm_open") this.#open.set(id, String(content.target_name));
    else if (type === "comm_close") this.#open.delete(id);
    this.post.publish(type, content, parent, { metadata, buffers });
  }

  registered(target: string): void {
    this.#targets.add(target);
  }

  handled(messageId: string): void {
    this.#unhandled.get(messageId)?.();
    this.#unhandled.delete(messageId);
  }

  /** With the user process everything that listened is gone. */
  userEnded(parent: Header | null): void {
    for (const [id, target] of this.#open) {
      if (target === live) continue;
      this.#close(id, parent);
      this.#open.delete(id);
    }
    this.#targets.clear();
    for (const id of [...this.#unhandled.keys()]) this.handled(id);
  }

  #close(id: string, parent: Header | null): void {
    this.post.publish("comm_close", { comm_id: id, data: {} } satisfies Json, parent);
  }
}

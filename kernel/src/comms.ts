/** The comms that pages have opened: which there are, and what is asked over them. */
import type { Post } from "./post.ts";
import type { LiveAnswer, LiveQuestion } from "./user/protocol.ts";
import type { Header, Json, Message } from "./wire/message.ts";

/** What a page opens to ask for more of something that is shown. */
const live = "nnsight.live.v1";

export class Comms {
  readonly #open = new Set<string>();

  constructor(
    private readonly post: Post,
    /** Hands a question to the process that has the thing. */
    private readonly ask: (question: LiveQuestion) => void,
  ) {}

  /** For comm_info_request. */
  listed(target: unknown): Json {
    const shown = target === undefined || target === live ? [...this.#open] : [];
    return Object.fromEntries(shown.map((id) => [id, { target_name: live }]));
  }

  receive({ header, content }: Message): void {
    const comm = String(content.comm_id);
    if (header.msg_type === "comm_open") this.#opened(comm, content.target_name, header);
    else if (header.msg_type === "comm_close") this.#open.delete(comm);
    else if (header.msg_type === "comm_msg" && this.#open.has(comm))
      this.ask({ kind: "live", comm, request: content.data as LiveQuestion["request"], parent: header });
  }

  answered({ comm, reply, buffers, parent }: LiveAnswer): void {
    if (this.#open.has(comm)) this.post.publish("comm_msg", { comm_id: comm, data: reply }, parent, buffers);
  }

  #opened(comm: string, target: unknown, header: Header): void {
    if (target === live) this.#open.add(comm);
    // No one here listens to another target, so the other side is told to close.
    else this.post.publish("comm_close", { comm_id: comm, data: {} }, header);
  }
}

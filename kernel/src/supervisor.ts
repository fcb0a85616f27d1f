/** The supervisor: joins sockets, compiler, user process and the queue into one kernel. */
import { Comms, isCommMessage } from "./comms.ts";
import type { Connection } from "./connection.ts";
import { type ExecuteRequest, Execution } from "./execution.ts";
import { History, historyFile } from "./history.ts";
import { thisSystem } from "./jupyterFolders.ts";
import { watchParent } from "./parent.ts";
import { Post } from "./post.ts";
import type { CompilerThread } from "./processes/compiler.ts";
import { Lookups } from "./processes/lookups.ts";
import { UserProcess } from "./processes/user.ts";
import { inspect } from "./requests/editing.ts";
import type { Handler, Kernel } from "./requests/handler.ts";
import { requests } from "./requests/table.ts";
import { Sockets } from "./sockets.ts";
import { UsageMeter } from "./usage.ts";
import type { FromUser } from "./user/protocol.ts";
import { decode, signer } from "./wire/codec.ts";
import type { Header, Json, Message } from "./wire/message.ts";

export class Supervisor implements Kernel {
  readonly history = new History(historyFile(thisSystem));
  readonly execution: Execution;
  readonly comms: Comms;
  readonly lookups = new Lookups((order) => this.#user.send(order));
  readonly usage = new UsageMeter();
  readonly #sockets: Sockets;
  readonly #post: Post;
  readonly #user: UserProcess;
  readonly #sign;
  /** The question of the user process that waits for an answer from a client. */
  #question: number | undefined;

  constructor(
    connection: Connection,
    folder: string,
    readonly compiler: CompilerThread,
  ) {
    this.#sign = signer(connection.key);
    this.#sockets = new Sockets(connection);
    this.#post = new Post(this.#sockets, this.#sign);
    this.#user = new UserProcess(folder, {
      message: (message) => this.#fromUser(message),
      print: (name, text) => this.#stream(name, text, this.#parent()),
      ended: (how) => this.#userEnded(how),
      stuck: () => this.#stream("stderr", stuckText, this.#parent()),
    });
    this.comms = new Comms(this.#post, this.#user);
    const { history } = this;
    this.execution = new Execution({
      post: this.#post,
      compiler,
      history,
      user: this.#user,
      inspect: async (name) => inspect({ code: name, cursor_pos: [...name].length }, this),
    });
  }

  async start(): Promise<void> {
    this.#user.start();
    await this.#sockets.bind();
    void this.#sockets.listen("shell", (frames) => this.#receive("shell", frames));
    void this.#sockets.listen("control", (frames) => this.#receive("control", frames));
    void this.#sockets.listen("stdin", (frames) => this.#answered(frames));
    void this.#sockets.subscriptions((topic) => this.#post.welcome(topic));
    // Clients that wait already are welcomed before anything else is said: their subscriptions come by another thread.
    await new Promise((resolve) => setTimeout(resolve, 20));
    this.#post.publish("status", { execution_state: "starting" }, null);
    process.on("SIGINT", () => this.execution.interrupt());
    process.on("SIGTERM", () => this.shutdown());
    watchParent(() => this.shutdown());
  }

  shutdown(): void {
    this.#user.close();
    this.history.close();
    // The reply is written after this call; one turn later it is on its way.
    setTimeout(async () => {
      await Promise.race([this.#sockets.sent(), new Promise((resolve) => setTimeout(resolve, 500))]);
      this.#sockets.close();
      process.exit(0);
    }, 20);
  }

  #receive(channel: "shell" | "control", frames: Buffer[]): void {
    let message: Message;
    try {
      message = decode(frames, this.#sign);
    } catch (error) {
      console.error(String(error));
      return;
    }
    if (message.header.msg_type === "execute_request")
      this.execution.add(message as unknown as Message<ExecuteRequest>);
    else void this.#answer(channel, message);
  }

  async #answer(channel: "shell" | "control", message: Message): Promise<void> {
    const { header, content } = message;
    const type = header.msg_type;
    const handler = requests[type];
    this.#post.publish("status", { execution_state: "busy" }, header);
    if (handler) {
      const replyType = type.replace(/_request$/, "_reply");
      const reply = await this.#call(handler, content);
      this.#post.reply(channel, message, replyType, reply);
      if (type === "shutdown_request") this.#post.publish(replyType, reply, header);
    } else if (isCommMessage(type)) await this.comms.receive(type, message);
    this.#post.publish("status", { execution_state: "idle" }, header);
    this.execution.stillBusy();
  }

  async #call(handler: Handler, content: Json): Promise<Json> {
    try {
      return await handler(content, this);
    } catch (error) {
      return failure(error);
    }
  }

  #fromUser(message: FromUser): void {
    const { publish } = this.#post;
    if ("parent" in message && message.kind !== "comm" && this.execution.isSilent(message.parent)) return;
    if (message.kind === "stream") this.#stream(message.name, message.text, message.parent);
    else if (message.kind === "display") {
      const type = message.update ? "update_display_data" : "display_data";
      const transient = message.displayId === null ? {} : { display_id: message.displayId };
      publish(type, { ...message.bundle, transient }, message.parent);
    } else if (message.kind === "clear") publish("clear_output", { wait: message.wait }, message.parent);
    else if (message.kind === "seen") this.lookups.receive(message);
    else if (message.kind === "comm") this.comms.publish(message);
    else if (message.kind === "commTarget") this.comms.registered(message.target);
    else if (message.kind === "commHandled") this.comms.handled(message.messageId);
    else if (message.kind === "dropped") void this.compiler.ask("drop", message.names);
    else if (message.kind === "input") this.#askClient(message.id, message.prompt, message.password);
  }

  #askClient(id: number, prompt: string, password: boolean): void {
    const { current } = this.execution;
    if (!current) return;
    this.#question = id;
    this.#post.reply("stdin", current, "input_request", { prompt, password });
  }

  #answered(frames: Buffer[]): void {
    try {
      const { header, content } = decode(frames, this.#sign);
      if (header.msg_type !== "input_reply" || this.#question === undefined) return;
      this.#user.send({ kind: "input", id: this.#question, value: String(content.value) });
      this.#question = undefined;
    } catch (error) {
      console.error(String(error));
    }
  }

  #userEnded(how: string): void {
    void this.compiler.ask("forget");
    this.lookups.forget();
    this.comms.userEnded(this.#parent());
    this.execution.notice = `The user process ended (${how}); this cell runs in a new one. Variables of earlier cells are gone.\n`;
  }

  #stream(name: string, text: string, parent: Header | null): void {
    if (this.execution.isSilent(parent)) return;
    this.#post.publish("stream", { name, text }, parent);
  }

  #parent(): Header | null {
    return this.execution.current?.header ?? null;
  }
}

const stuckText =
  "The cell is inside native code and stops when that returns. Interrupt again to end the user process now; all variables will be gone.\n";

function failure(error: unknown): { status: "error"; ename: string; evalue: string; traceback: string[] } {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { status: "error", ename: name, evalue: message, traceback: [`${name}: ${message}`] };
}

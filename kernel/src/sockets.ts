/** The five sockets of a kernel: receives, and sends one message at a time so that none is lost. */
import * as zmq from "zeromq";
import { addressOf, type Connection, encryptionOf } from "./connection.ts";

export type Channel = "shell" | "control" | "stdin" | "iopub";

/** No limit on waiting messages: at ZeroMQ's default of 1,000 a publisher drops what comes after. */
const unlimited = { sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 1000 };

type Sender = zmq.Router | zmq.XPublisher;

/** Messages of one socket, in the order they were given. */
class Outbox {
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly socket: Sender) {}

  send(frames: Uint8Array[]): void {
    this.#last = this.#last.then(() => this.socket.send(frames as Buffer[])).catch(() => {});
  }

  sent(): Promise<void> {
    return this.#last;
  }
}

export class Sockets {
  readonly #routers;
  readonly #iopub: zmq.XPublisher;
  readonly #heartbeat: zmq.Reply;
  readonly #outboxes: Record<Channel, Outbox>;

  constructor(private readonly connection: Connection) {
    const options = { ...unlimited, ...encryptionOf(connection) };
    // A client that comes back under its old name takes over from its lost connection.
    const router = () => new zmq.Router({ ...options, handover: true });
    this.#routers = { shell: router(), control: router(), stdin: router() };
    // Otherwise only the first client of a topic would be welcomed.
    this.#iopub = new zmq.XPublisher({ ...options, verbosity: "allSubs" });
    this.#heartbeat = new zmq.Reply(options);
    const { shell, control, stdin } = this.#routers;
    this.#outboxes = {
      shell: new Outbox(shell),
      control: new Outbox(control),
      stdin: new Outbox(stdin),
      iopub: new Outbox(this.#iopub),
    };
  }

  async bind(): Promise<void> {
    const { connection } = this;
    const { shell, control, stdin } = this.#routers;
    await Promise.all([
      shell.bind(addressOf(connection, connection.shell_port)),
      control.bind(addressOf(connection, connection.control_port)),
      stdin.bind(addressOf(connection, connection.stdin_port)),
      this.#iopub.bind(addressOf(connection, connection.iopub_port)),
      this.#heartbeat.bind(addressOf(connection, connection.hb_port)),
    ]);
    void this.#beat();
  }

  send(channel: Channel, frames: Uint8Array[]): void {
    this.#outboxes[channel].send(frames);
  }

  /** Hands every message of a channel to `receive`, as long as the socket is open. */
  async listen(channel: Exclude<Channel, "iopub">, receive: (frames: Buffer[]) => void): Promise<void> {
    for await (const frames of this.#routers[channel]) receive(frames);
  }

  /** Tells of each topic that a client begins to listen to. */
  async subscriptions(begun: (topic: Buffer) => void): Promise<void> {
    for await (const [frame] of this.#iopub) if (frame?.[0] === 1) begun(frame.subarray(1));
  }

  async sent(): Promise<void> {
    await Promise.all(Object.values(this.#outboxes).map((outbox) => outbox.sent()));
  }

  close(): void {
    for (const socket of [...Object.values(this.#routers), this.#iopub, this.#heartbeat]) socket.close();
  }

  async #beat(): Promise<void> {
    for await (const frames of this.#heartbeat) await this.#heartbeat.send(frames);
  }
}

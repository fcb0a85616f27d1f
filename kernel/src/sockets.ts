/** The five sockets of a kernel: receives, and sends one message at a time so that none is lost. */
import * as zmq from "zeromq";
import { addressOf, type Connection } from "./connection.ts";

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
  readonly #routers = {
    shell: new zmq.Router(unlimited),
    control: new zmq.Router(unlimited),
    stdin: new zmq.Router(unlimited),
  };
  readonly #iopub = new zmq.XPublisher(unlimited);
  readonly #heartbeat = new zmq.Reply(unlimited);
  readonly #outboxes: Record<Channel, Outbox> = {
    shell: new Outbox(this.#routers.shell),
    control: new Outbox(this.#routers.control),
    stdin: new Outbox(this.#routers.stdin),
    iopub: new Outbox(this.#iopub),
  };

  async bind(connection: Connection): Promise<void> {
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

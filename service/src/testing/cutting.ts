/** Something between clients and services that cuts connections: after so many bytes of one direction, so many times. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Cutting {
  readonly url: string;
  /** The next connections are cut when so many bytes went `up` to the service, or `down` from it, and then something happens. */
  cut(way: "up" | "down", after: number, times?: number, ending?: () => void): void;
  /** From now on connections go to another service, and those that are open end. */
  turn(url: string): void;
  /** How many were cut. */
  cuts(): number;
  stop(): void;
}

export async function cutting(url: string): Promise<Cutting> {
  let service = new URL(url);
  let plan = { way: "up" as "up" | "down", after: 0, times: 0, ending: (): void => undefined };
  let cuts = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const served = connect(Number(service.port), service.hostname);
    const end = (): void => {
      for (const one of [client, served]) one.destroy();
    };
    for (const one of [client, served]) {
      open.add(one);
      one.once("error", end).once("close", () => {
        open.delete(one);
        end();
      });
    }
    const pass = (way: "up" | "down", from: Socket, to: Socket): void => {
      let passed = 0;
      from.on("data", (part) => {
        passed += part.length;
        if (plan.times > 0 && plan.way === way && passed > plan.after) {
          plan = { ...plan, times: plan.times - 1 };
          cuts++;
          plan.ending();
          // What came before the cut arrives.
          to.write(part.subarray(0, Math.max(0, part.length - (passed - plan.after))), () => end());
        } else if (!to.write(part)) {
          from.pause();
          to.once("drain", () => from.resume());
        }
      });
    };
    pass("up", client, served);
    pass("down", served, client);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut(way, after, times = 1, ending = () => undefined) {
      plan = { way, after, times, ending };
      // Connections that are open already have passed what they have.
      for (const one of open) one.destroy();
    },
    turn(url) {
      service = new URL(url);
      for (const one of open) one.destroy();
    },
    cuts: () => cuts,
    stop() {
      server.close();
      for (const one of open) one.destroy();
    },
  };
}

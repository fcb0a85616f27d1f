/** Two hosts, each a network namespace of this machine, and a link between them that loses packets. */
import { execFile, execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { type Service, startServe, startThrough } from "./testing/process.ts";

const hosts = [
  { host: `nn-a-${process.pid}`, device: "va", address: "10.77.0.1" },
  { host: `nn-b-${process.pid}`, device: "vb", address: "10.77.0.2" },
] as const;
const [here, there] = hosts;

/** What loses packets: where the kernel has no netem, a queue that is too short for what comes. */
const losses = ["netem delay 10ms loss 3%", "tbf rate 32mbit burst 6kb limit 12kb"];

const ip = (words: string): string =>
  execFileSync("ip", words.split(" "), { encoding: "utf8", stdio: "pipe" });
const queue = (words: string): void => {
  for (const { host, device } of hosts) ip(`netns exec ${host} tc qdisc replace dev ${device} root ${words}`);
};

function link(): void {
  for (const { host } of hosts) ip(`netns add ${host}`);
  ip(`link add va netns ${here.host} type veth peer name vb netns ${there.host}`);
  for (const { host, device, address } of hosts) {
    ip(`-n ${host} addr add ${address}/24 dev ${device}`);
    for (const one of [device, "lo"]) ip(`-n ${host} link set ${one} up`);
  }
}

/** Why it cannot be done here. */
function problem(act: () => void): string {
  try {
    act();
    return "";
  } catch (error) {
    return String((error as { stderr?: string }).stderr || error).trim();
  }
}

let service: Service | undefined;
afterAll(async () => {
  await service?.stop();
  for (const { host } of hosts) problem(() => ip(`netns del ${host}`));
});

test("a trace from one host to another over a link that loses packets is what it is here", async (context) => {
  const why = problem(link);
  if (why) context.skip(`this machine makes no network namespaces: ${why}`);
  if (!losses.some((loss) => !problem(() => queue(loss))))
    context.skip("no queue of this kernel loses packets: neither netem nor tbf is there");
  service = await startThrough(["ip", "netns", "exec", there.host], () =>
    startServe("--memory-only", "--host", there.address),
  );
  const script = fileURLToPath(new URL("../dist/testing/lossy.script.js", import.meta.url));
  const words = ["netns", "exec", here.host, process.execPath, script];
  const env = { ...process.env, NNSIGHT_HOST: service.url, NNSIGHT_API_KEY: service.key };
  const { stdout } = await promisify(execFile)("ip", words, { env });
  expect(JSON.parse(stdout)).toEqual({ same: true, bytes: 4 * 9 * (576 + 49_152) });
  const lost = hosts.map(({ host, device }) =>
    Number(/dropped (\d+)/.exec(ip(`netns exec ${host} tc -s qdisc show dev ${device}`))![1]),
  );
  expect(Math.max(...lost)).toBeGreaterThan(0);
}, 60_000);

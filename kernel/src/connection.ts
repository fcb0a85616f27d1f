/** The connection file that Jupyter writes: addresses and the key of the signatures. */
import { readFileSync } from "node:fs";

export interface Connection {
  readonly transport: "tcp" | "ipc";
  readonly ip: string;
  readonly key: string;
  readonly shell_port: number;
  readonly control_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly hb_port: number;
  /** With both keys all channels are encrypted by CurveZMQ. */
  readonly curve_publickey?: string;
  readonly curve_secretkey?: string;
}

export function readConnection(path: string): Connection {
  const connection = JSON.parse(readFileSync(path, "utf8")) as Connection & { signature_scheme?: string };
  const scheme = connection.signature_scheme ?? "hmac-sha256";
  if (connection.key && scheme !== "hmac-sha256")
    throw new Error(
      `The connection file asks for the signature scheme ${scheme}; this kernel knows hmac-sha256.`,
    );
  return connection;
}

/** The options by which a socket takes encrypted connections only, when the connection file has keys. */
export function encryptionOf({ curve_publickey: publicKey, curve_secretkey: secretKey }: Connection) {
  if (!publicKey || !secretKey) return {};
  return { curveServer: true, curvePublicKey: publicKey, curveSecretKey: secretKey };
}

export function addressOf({ transport, ip }: Connection, port: number): string {
  return transport === "ipc" ? `ipc://${ip}-${port}` : `${transport}://${ip}:${port}`;
}

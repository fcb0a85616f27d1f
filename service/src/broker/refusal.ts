/** Answers that say what is wrong, for people and for programs, and nothing of the inside of the service. */
import { NNsightError, type Problem } from "nnsight-ts/remote";

export class Refusal extends Error {
  readonly status: number;
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    reason: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.problem = { code: "REMOTE", reason, message };
    this.headers = headers;
  }
}

/** What the sender of a program is told of it. */
export const problemOf = (error: unknown): Problem =>
  error instanceof NNsightError
    ? { code: error.code, reason: "", message: error.message }
    : { code: "REMOTE", reason: "INTERNAL", message: "the service failed in a way that it did not expect." };

export const refused = (
  status: number,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): Response => Response.json({ error: problem }, { status, headers });

/** What client and service say to each other, but for programs and results. */

/** Of the routes: `/v1/…`. */
export const protocolVersion = 1;

export const mediaType = "application/vnd.nnsight.safetensors";

/** What a job goes through; `LOG` is no state of it, but comes between. */
export type Status = "RECEIVED" | "APPROVED" | "RUNNING" | "LOG" | "COMPLETED" | "ERROR" | "CANCELLED";

/** After these nothing more comes. */
export const terminal: ReadonlySet<string> = new Set(["COMPLETED", "ERROR", "CANCELLED"]);

/** What users read at each state, as NNsight words it. */
export const texts = {
  RECEIVED: "Your job has been received and is waiting approval.",
  APPROVED: "Your job was approved and is waiting to be run.",
  RUNNING: "Your job has started running.",
  COMPLETED: "Your job has been completed.",
  CANCELLED: "Your job has been cancelled.",
} as const;

/** One line of a job's history. */
export interface JobEvent {
  /** From 1, without gaps. */
  readonly seq: number;
  /** Which try of running the job it belongs to; 0 before the first. */
  readonly attempt: number;
  readonly status: Status;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Of `ERROR`. */
  readonly problem?: Problem;
  /** Of the last one, when the run gave something. */
  readonly result?: EventResult;
}

export interface EventResult {
  readonly bytes: number;
  readonly sha256: string;
  /** The bytes in base64, when they are few; others are fetched. */
  readonly data?: string;
}

/** Why something did not work, without anything of the inside of the service. */
export interface Problem {
  /** The code of the error's class, as in a local run. */
  readonly code: string;
  /** For programs: `TIME_LIMIT`, `BODY_TOO_LARGE`; "" for an error of the program itself. */
  readonly reason: string;
  readonly message: string;
}

export interface JobState {
  readonly id: string;
  readonly model: string;
  readonly status: Exclude<Status, "LOG">;
  /** Jobs of the same model that are before it. */
  readonly position: number;
  readonly created: number;
  /** Of the result: none before the end. */
  readonly result?: { readonly bytes: number; readonly sha256: string };
  readonly problem?: Problem;
}

export interface ModelState {
  readonly key: string;
  /** `hot` when a worker holds it, `loading` when one will soon, `warm` when one held it before, else `cold`. */
  readonly state: "hot" | "loading" | "warm" | "cold";
  /** Why it is not hot, in words; from a service of before these were told nothing. */
  readonly reason?: string;
  readonly workers: number;
  readonly waiting: number;
}

/** What a program will cost, as far as that is known before its run. */
export interface Price {
  /** Whose queue it would stand in. */
  readonly model: string;
  readonly flops: number;
  /** Bytes of the values that are saved. */
  readonly saved: number;
  /** What only the run knows, in words. */
  readonly unknown: readonly string[];
}

/** How large a submission may be. */
export interface SubmissionLimits {
  /** Bytes of all of it. */
  readonly body: number;
  readonly nodes: number;
  /** Programs within programs. */
  readonly depth: number;
  /** Of constants. */
  readonly bytes: number;
  /** Of one loop. */
  readonly turns: number;
  /** Bytes of the values that are saved. */
  readonly saved: number;
  readonly flops: number;
}

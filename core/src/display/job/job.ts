/** A remote run as one line that is rewritten in place: what a kernel shows, and shows again with each news of the service. */

export const JOB_MIME = "application/vnd.nnsight.job.v1+json";

export interface Job {
  /** Of the run; its last six characters are shown, as the first ones are the time. */
  readonly job: string;
  readonly state: "RECEIVED" | "APPROVED" | "RUNNING" | "COMPLETED" | "ERROR" | "CANCELLED";
  /** What is happening, as the service words it; for an error its cause and what to do. */
  readonly detail?: string;
  /** Since it was received. */
  readonly seconds?: number;
  /** Of the answer; with `received` less than that, a bar shows how much has come. */
  readonly bytes?: number;
  readonly received?: number;
  /** What the run has logged, in its last try. */
  readonly log?: readonly string[];
}

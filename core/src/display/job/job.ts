/** A remote run as one line that is rewritten in place: what whoever runs it shows, and shows again with each news. */

export const JOB_MIME = "application/vnd.nnsight.job.v1+json";

export interface Job {
  /** Of the run; its first six characters are shown. */
  readonly job: string;
  readonly state: "QUEUED" | "RUNNING" | "COMPLETED" | "ERROR";
  /** What runs, such as the name of a model. */
  readonly name?: string;
  /** What is happening, or for an error its cause and what to do. */
  readonly detail?: string;
  readonly seconds?: number;
  /** Of the answer; with `received` less than that, a bar shows how much has come. */
  readonly bytes?: number;
  readonly received?: number;
  /** The line of the cell, such as `In[7]:3`. */
  readonly line?: string;
}

/** @example display(jobBundle(job), { raw: true, display_id: job.job, update: isKnown }) */
export function jobBundle(job: Job): Record<string, unknown> {
  const parts = [job.state, job.job.slice(0, 6), job.name, job.detail, job.line];
  const time = job.seconds === undefined ? undefined : `${job.seconds.toFixed(1)} s`;
  return {
    [JOB_MIME]: job,
    "text/plain": [...parts, time].filter((part) => part !== undefined).join("  "),
  };
}
